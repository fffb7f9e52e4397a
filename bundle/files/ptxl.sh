#!/bin/sh
# Finds a Python and starts ptxl with it; without a terminal, in a new one.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

if [ ! -t 0 ] && [ -z "${PTXL_TERMINAL:-}" ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  export PTXL_TERMINAL=1
  for terminal in mate-terminal gnome-terminal; do # 麒麟 has the first
    command -v "$terminal" >/dev/null 2>&1 && exec "$terminal" -- sh "$here/ptxl.sh" "$@"
  done
  for terminal in deepin-terminal konsole xfce4-terminal x-terminal-emulator xterm; do
    [ "$terminal" = xfce4-terminal ] && option=-x || option=-e
    command -v "$terminal" >/dev/null 2>&1 && exec "$terminal" "$option" sh "$here/ptxl.sh" "$@"
  done
fi

if [ -f "$here/app/python.tar.gz" ] && [ ! -x "$here/app/python/bin/python3" ]; then
  tar -xzf "$here/app/python.tar.gz" -C "$here/app" || exit 3
fi
check='import sys; sys.exit(sys.version_info[:2] < (3, 11))'
for python in "$here/app/python/bin/python3" python3.14 python3.13 python3.12 python3.11 python3; do
  if "$python" -c "$check" >/dev/null 2>&1; then
    exec "$python" -I "$here/app/start.py" "$@"
  fi
done

cat "$here/app/python-needed.txt"
if [ -t 0 ]; then
  printf '按回车键关闭窗口。'
  read -r _
fi
exit 3
