#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# importer.sh WORK: build the collection, and have it checked as Galaxy does on an upload. WORK/check is the environment.
set -eu
work=$(cd "$1" && pwd)
PATH=$work/check/bin:$PWD/.venv/bin:$PATH
export PATH ANSIBLE_HOME="$work/home"

stage=$(tests/stage.sh "$work/importer")
cd "$stage"
ansible-galaxy collection build --force --output-path "$work/build" >/dev/null
antsibull-changelog lint
reuse lint --quiet || { reuse lint; exit 1; }
export ANSIBLE_COLLECTIONS_PATH="$work/importer"
antsibull-docs lint-collection-docs --plugin-docs .

cd "$work/build"
python -m galaxy_importer.main "$(ls -t ./*.tar.gz | head -n 1)" >importer.log 2>&1 || { cat importer.log; exit 1; }
if grep -E 'ERROR|WARNING' importer.log; then
    echo "galaxy-importer found errors or warnings"
    exit 1
fi
grep -E 'Importer processing completed' importer.log
