#!/bin/sh
# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# stage.sh DIR: copy the checkout to DIR/ansible_collections/tencentcloud/chat, as ansible-test requires, and print that
# path.
set -eu
target="$1/ansible_collections/tencentcloud/chat"
rm -rf "$target"
mkdir -p "$target"
git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- --ignore-failed-read 2>/dev/null |
    tar --extract --directory="$target"
# ansible-test lists the files with git.
git -C "$target" init --quiet
git -C "$target" add --all
(cd "$target" && pwd)
