#!/bin/sh
# Called by Maven with the name of an npm script. Installs the packages first, if the lock file has changed.
set -eu
cd "$(dirname "$0")"

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  echo "The pages are built with Node.js 20 or newer and npm. Neither may be missing on the PATH: https://nodejs.org/" >&2
  exit 1
fi
if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)'; then
  echo "The pages are built with Node.js 20 or newer. This is $(node --version)." >&2
  exit 1
fi

installed=node_modules/.installed-lock.json
if ! cmp -s package-lock.json "$installed"; then
  echo "Installing the packages of package-lock.json"
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json "$installed"
fi
if [ "$1" = build ]; then
  rm -rf target/classes/web
fi
exec npm run --silent "$1"
