#!/usr/bin/env bash
# What no compiler checks: goldens without a case, codes without an entry, machine paths.
set -euo pipefail
cd "$(dirname "$0")/.."
fail=0
report() { echo "$1"; fail=1; }

for golden in tests/ui/*.stderr; do
    [ -e "${golden%.stderr}.rs" ] || report "$golden has no case"
done
# Every code in the sources is explained, and every explained code exists.
codes=$(grep -rhoE '"[EW]-[A-Z][A-Z-]+[A-Z]"' tf-core/src tf-macros/src | tr -d '"' | sort -u)
codes="$codes $(grep -rhoE '[EW]-[A-Z-]+[A-Z] in docs/errors.md' tf-core/src tf-macros/src | cut -d' ' -f1 | sort -u)"
for code in $(printf '%s\n' $codes | sort -u); do
    grep -qE "^### $code\$" docs/errors.md || report "docs/errors.md has no entry for $code"
done
for code in $(grep -oE '^### [EW]-[A-Z-]+' docs/errors.md | cut -c5-); do
    grep -rqF "$code" tf-core/src tf-macros/src || report "docs/errors.md explains $code, which nothing gives"
done
if git grep -nE '(/work/|/root/)' -- . ':!scripts/check_repository.sh' ':!Cargo.lock'; then
    report "a machine path is in the sources"
fi
exit $fail
