#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# build.sh WORK: the documentation as a site, in WORK/docs/html. WORK/check is the environment.
set -eu
work=$(cd "$1" && pwd)
PATH=$work/check/bin:$PATH
export PATH ANSIBLE_HOME="$work/home" ANSIBLE_COLLECTIONS_PATH="$work/link"

rm -rf "$work/docs"
mkdir -p "$work/docs/rst"
chmod 700 "$work/docs" "$work/docs/rst" # antsibull-docs requires this
antsibull-docs collection --use-current --squash-hierarchy --fail-on-error \
    --dest-dir "$work/docs/rst" tencentcloud.chat >"$work/docs/antsibull.log" 2>&1 || {
    cat "$work/docs/antsibull.log"
    exit 1
}
# The theme shows a page's contents beside it.
find "$work/docs/rst" -name "*.rst" -exec sed -i '/^\.\. contents::/,/^$/d' {} +
# A page's title starts with the plugin's own name: the full one does not fit on one line.
sed -i 's/^tencentcloud\.chat\.\([a-z_]* \(module\|filter\|role\) --\)/\1/' "$work"/docs/rst/*_*.rst
# The front page takes the place of antsibull's, and lists the plugins as that does.
grep '^\* :ansplugin:' "$work/docs/rst/index.rst" >"$work/docs/rst/plugins.txt"
cp tests/docs/index.rst "$work/docs/rst/"
# docsite/environment_variables.rst replaces this page, which does not list the variables of modules.
rm "$work/docs/rst/environment_variables.rst"
cp -R docs/docsite/rst/images "$work/docs/rst/docsite/"
cp -R docs/examples "$work/docs/rst/"
sphinx-build -q -W --keep-going -b html -c tests/docs "$work/docs/rst" "$work/docs/html"
echo "Open $work/docs/html/index.html"
