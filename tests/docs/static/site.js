/* SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Shows that a block of code continues to the right: site.css draws the sign for the class "more". */
function mark(code) {
  const hidden = code.scrollWidth - code.clientWidth;
  code.parentElement.classList.toggle("more", hidden - code.scrollLeft > 1);
  code.tabIndex = hidden > 1 ? 0 : -1;
}

document.addEventListener("DOMContentLoaded", () => {
  const resized = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  for (const code of document.querySelectorAll(".highlight > pre")) {
    resized.observe(code);
    code.addEventListener("scroll", () => mark(code), { passive: true });
  }
});
