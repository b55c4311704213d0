#!/usr/bin/env bash
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# integration.sh WORK: run the integration targets with ansible-test, and print each of their tasks while it runs.
# If a task fails, print the end of the output. The whole output is in WORK/integration.log.
set -euo pipefail
log=$PWD/$1/integration.log
cd "$(tests/stage.sh "$1/stage")"
ansible-test integration --color no --local 2>&1 | tee "$log" |
    grep --line-buffered -E '^(Running|TASK \[chat_|testhost )' || {
    tail -n 60 "$log"
    exit 1
}
