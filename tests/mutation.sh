#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# mutation.sh WORK: change the code in every small way, and see whether the unit tests notice. WORK/venv has mutmut.
# Prints the changes that the tests did not notice, and writes their diffs to WORK/survivors.diff.
# Fails if the tests noticed fewer than 95 % of the changes.
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
PATH=$work/venv/bin:$PATH
mutmut run "${2:---max-children=2}"
survivors=$(mutmut results | sed -n '/: timeout$/d; s/^ *\(.*\): .*/\1/p')
for mutant in $survivors; do
    mutmut show "$mutant"
done >"$work/survivors.diff"
all=$(mutmut results --all true | grep -c ": ")
missed=$(echo "$survivors" | grep -c . || true)
echo "$survivors"
echo "The unit tests noticed $((all - missed)) of $all changes. The others are in $work/survivors.diff."
[ $(((all - missed) * 100)) -ge $((all * 95)) ]
