#!/usr/bin/env bash
# What no compiler checks: goldens without a case, codes without an entry, entries without a code, machine paths.
set -euo pipefail
cd "$(dirname "$0")/.."
fail=0
report() { echo "$1"; fail=1; }
# The lines of the first list that are not in the second.
beyond() { comm -23 <(printf '%s\n' "$1" | sort -u | sed '/^$/d') <(printf '%s\n' "$2" | sort -u); }

for golden in tests/ui/*.stderr; do
    [ -e "$golden" ] || continue # none was recorded
    [ -e "${golden%.stderr}.rs" ] || report "$golden has no case"
done

# A code is given where it stands in quotes of its own, or at the end of a message; elsewhere (in comments, tests, pages) it is
# mentioned. In a literal it may follow `\n`, whose letter is no part of it.
code='[EW]-[A-Z]+(-[A-Z]+)*'
given=$(grep -rhoE "\"$code\"|$code in docs/errors.md" src tf-core/src tf-macros/src | grep -oE "$code")
mentioned=$(grep -rhoE "(^|[^A-Za-z0-9_-]|\\\\n)$code" --include='*.rs' --include='*.md' \
    src tf-core tf-kernels tf-macros tests examples docs README.md CHANGELOG.md CONTRIBUTING.md | sed 's/\\n//' | grep -oE "$code")
explained=$(grep -oE "^### $code\$" docs/errors.md | cut -c5-)
for it in $(beyond "$given" "$explained"); do report "docs/errors.md has no entry for $it"; done
for it in $(beyond "$explained" "$given"); do report "docs/errors.md explains $it, which nothing gives"; done
for it in $(beyond "$mentioned" "$given"); do report "$it is mentioned, and nothing gives it"; done
for it in $(printf '%s\n' "$explained" | sort | uniq -d); do report "docs/errors.md explains $it twice"; done

if git grep -nE '(/work/|/root/)' -- . ':!scripts/check_repository.sh' ':!Cargo.lock'; then
    report "a machine path is in the sources"
fi
exit $fail
