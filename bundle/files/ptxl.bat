@echo off
rem ASCII only: cmd reads this file in the code page of the machine. Python prints the Chinese.
setlocal
set "HERE=%~dp0"
set "CHECK=import sys; sys.exit(sys.version_info[:2] < (3, 11))"

set "PYTHON="%HERE%app\python\python.exe""
if exist %PYTHON% goto run
set "PYTHON=py -3"
%PYTHON% -c "%CHECK%" >nul 2>nul
if not errorlevel 1 goto run
set "PYTHON=python"
%PYTHON% -c "%CHECK%" >nul 2>nul
if not errorlevel 1 goto run

echo Python 3.11 or newer is needed. See the window that opens.
start "" notepad.exe "%HERE%app\python-needed.txt"
pause
exit /b 3

:run
%PYTHON% -I "%HERE%app\start.py" %*
exit /b %errorlevel%
