#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# release.sh WORK: build the collection, install it offline into an empty path, run the demo from there, and check the
# tarball as Galaxy does on an upload. WORK/check is the environment. The tarball is written to WORK/build.
set -eu
work=$(cd "$1" && pwd)
root=$PWD
PATH=$work/check/bin:$root/.venv/bin:$PATH
export PATH ANSIBLE_HOME="$work/home"

stage=$(tests/stage.sh "$work/release")
cd "$stage"
version=$(sed -n 's/^version: //p' galaxy.yml)
antsibull-changelog lint
grep -q "id=\"v$(echo "$version" | tr . -)\"" CHANGELOG.md || {
    echo "CHANGELOG.md has no section on $version: run antsibull-changelog release"
    exit 1
}
reuse lint --quiet || {
    reuse lint
    exit 1
}
ANSIBLE_COLLECTIONS_PATH=$work/release antsibull-docs lint-collection-docs --plugin-docs .

rm -rf "$work/build" "$work/installed"
ansible-galaxy collection build --output-path "$work/build" >/dev/null
file=$work/build/tencentcloud-chat-$version.tar.gz
ANSIBLE_COLLECTIONS_PATH=$work/installed ansible-galaxy collection install "$file" --offline -p "$work/installed" >/dev/null
"$root/.venv/bin/python" "$root/tests/demo.py" "$work/installed" >"$work/build/demo.log" || {
    tail -n 60 "$work/build/demo.log"
    exit 1
}
echo "From $(basename "$file"), installed offline: $(tail -n 1 "$work/build/demo.log")"
ansible-builder introspect "$work/installed" | grep -q "requests>=2.25" || {
    echo "ansible-builder does not find the Python packages that the collection needs"
    exit 1
}

cd "$work/build"
python -m galaxy_importer.main "$file" >importer.log 2>&1 || {
    cat importer.log
    exit 1
}
# The linter of the importer has neither awx.awx, which an example uses, nor the collection itself.
known="docs/examples/awx/setup.yml.*'awx\.awx\.|Failed to find tencentcloud.chat.drift_report playbook"
if grep -E 'ERROR|WARNING' importer.log | grep -vE "$known"; then
    echo "galaxy-importer found errors or warnings"
    exit 1
fi
grep -E 'Importer processing completed' importer.log
