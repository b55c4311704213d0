#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# integration.sh WORK: run the integration targets that have the alias "live" against the app in the environment.
set -eu
if [ "${TENCENT_CHAT_SCRATCH_APP:-}" != "${TENCENT_CHAT_SDKAPPID:?set it to the SDKAppID of a scratch app}" ]; then
    echo "The targets write to the app: name it again as TENCENT_CHAT_SCRATCH_APP." >&2
    exit 2
fi
: "${TENCENT_CHAT_SECRET_KEY:?the targets need the secret key}"
stage=$(tests/stage.sh "$1/stage-live")
config=$stage/tests/integration/integration_config.yml
log=$PWD/live-integration.log
trap 'rm -f "$config" "$log"' EXIT # it contains the secret key
trap 'exit 2' INT TERM
(umask 077 && PYTHONPATH=tests python -m live.integration >"$config")
status=0
(cd "$stage" && ANSIBLE_HOME="$stage/../../../home" ansible-test integration --local --color no live/) >"$log" 2>&1 || status=$?
if [ "$status" = 0 ]; then grep -A1 "^PLAY RECAP" "$log"; else tail -n 60 "$log"; fi
exit "$status"
