#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# mutation.sh WORK: change the code in every small way, and see whether the unit tests notice. WORK/venv has mutmut.
# Ends with those that survived, and the share of mutants that were killed; fails if that is less than nine in ten.
set -eu
work=$(cd "$1" && pwd)
tests/stage.sh "$work/stage" >/dev/null
cd "$work/stage"
collection=ansible_collections/tencentcloud/chat
rm -rf mutants # of an earlier run, with other tests
cat >setup.cfg <<END
[mutmut]
source_paths=ansible_collections
only_mutate=
    $collection/plugins/module_utils/*
    $collection/plugins/plugin_utils/*
do_not_mutate=
    $collection/plugins/module_utils/module.py
pytest_add_cli_args=
    -p
    no:cacheprovider
    -W
    ignore
pytest_add_cli_args_test_selection=
    $collection/tests/unit/plugins
also_copy=
    ansible_collections
END
"$work/venv/bin/mutmut" run "${2:---max-children=2}"
"$work/venv/bin/mutmut" results
all=$("$work/venv/bin/mutmut" results --all true | grep -c ": ")
killed=$((all - $("$work/venv/bin/mutmut" results | grep -vc ": timeout" || true)))
echo "$killed of $all mutants were noticed; tests/mutants.md has the others"
[ $((killed * 10)) -ge $((all * 9)) ]
