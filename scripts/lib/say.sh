# shellcheck shell=bash
# Messages of the scripts: steps go to standard error, so that standard output stays usable by a pipe.

say() { printf '==> %s\n' "$*" >&2; }

warn() { printf 'warning: %s\n' "$*" >&2; }

# die MESSAGE [HINT]: ends the script with one sentence and, if given, what to do about it.
die() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '  hint: %s\n' "$2" >&2
    exit 1
}

# timed LABEL COMMAND...: runs a command and notes how long it took; timings_table prints the notes.
TIMINGS=()
timed() {
    local label=$1 started=$SECONDS status=0
    shift
    say "$label"
    "$@" || status=$?
    TIMINGS+=("$(printf '%-44s %5d s  %s' "$label" $((SECONDS - started)) "$([ "$status" = 0 ] && echo ok || echo FAILED)")")
    return "$status"
}

timings_table() {
    [ ${#TIMINGS[@]} -eq 0 ] || printf '%s\n' '' 'Time per phase' "${TIMINGS[@]}" >&2
}
