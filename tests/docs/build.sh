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
chmod 700 "$work/docs" "$work/docs/rst" # or antsibull-docs refuses
antsibull-docs collection --use-current --squash-hierarchy --fail-on-error \
    --dest-dir "$work/docs/rst" tencentcloud.chat >"$work/docs/antsibull.log" 2>&1 || {
    cat "$work/docs/antsibull.log"
    exit 1
}
# The theme shows a page's contents beside it.
find "$work/docs/rst" -name "*.rst" -exec sed -i '/^\.\. contents::/,/^$/d' {} +
cp -R docs/docsite/rst/images "$work/docs/rst/docsite/"
sphinx-build -q -W --keep-going -b html -c tests/docs "$work/docs/rst" "$work/docs/html"
echo "Open $work/docs/html/index.html"
