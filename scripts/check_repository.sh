#!/usr/bin/env bash
# What no compiler checks: goldens without a case, codes without an entry, entries without a code, rows of docs/parity.md that are missing or
# name no test, machine paths.
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

# Every behaviour of the inventory has one row in docs/parity.md, `I3–I5` being three, and the tests that a row names are there.
inventory=$(for rows in \
    B1-31 B40-49 C1-52 D1-11 I1-17 K1-12 L1-10 M1-4 N1-18 O1-21 P1-14 R1-19 S1-30 T1-11 U1-31 V1-14 V20-32; do
    seq -f "${rows:0:1}%g" "$(echo "${rows:1}" | cut -d- -f1)" "${rows#*-}"
done)
answered=$(grep -oE '^\| [A-Z][0-9]+((–|, )[A-Z][0-9]+)* \|' docs/parity.md | tr -d '| ' | tr ',' '\n' | sed 's/–[A-Z]/ /' |
    while read -r first last; do seq -f "${first:0:1}%g" "${first:1}" "${last:-${first:1}}"; done)
for it in $(beyond "$inventory" "$answered"); do report "docs/parity.md has no row $it"; done
for it in $(beyond "$answered" "$inventory"); do report "docs/parity.md has a row $it, which is none of the inventory"; done
for it in $(printf '%s\n' "$answered" | sort | uniq -d); do report "docs/parity.md has two rows $it"; done
named=$(grep -E '^\| ' docs/parity.md | sed -E 's/ \|$//; s/.* \| //' | grep -oE '`[a-z0-9_]+`' | tr -d '`')
there=$(grep -rhoE 'fn [a-z0-9_]+' --include='*.rs' tests tf-core src | cut -c4-; find tests -name '*.rs' -exec basename {} .rs \;)
for it in $(beyond "$named" "$there"); do report "docs/parity.md names a test $it, which is not there"; done

if git grep -nE '(/work/|/root/)' -- . ':!scripts/check_repository.sh' ':!Cargo.lock'; then
    report "a machine path is in the sources"
fi
exit $fail
