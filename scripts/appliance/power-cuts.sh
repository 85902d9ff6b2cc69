# shellcheck shell=bash
# shellcheck disable=SC2154,SC2030,SC2031 # Machines of their own are named in subshells.
# Power cuts during installs. Needs machine.sh, and HOMIE_CUTS and HOMIE_SEED.

# Whether an install has begun; a machine that is slow is waited for.
install_has_begun() { [ "$(on systemctl show -P ActiveState homie-cut.service)" != inactive ]; }

interruptions() { status '[.history[] | select(.outcome == "failed")] | length'; }

# survives NUMBER KNOWN TEXT: the machine starts after a power cut, and is well; KNOWN interruptions were told before. The version from
# before and the one that was being installed are both good.
survives() {
    local runs told=''
    is_well
    runs=$(version)
    [ "$runs" = "$before" ] || [ "$runs" = "$target" ]
    if [ "$(interruptions)" -gt "$2" ]; then told=', told as interrupted'; fi
    on homie os status
    measured "cut $1: $3; $runs runs, all state there$told"
}

# The same of a copy, in a machine of its own.
copy_survives() (
    export HOMIE_VM=$home/cuts/$1 HOMIE_VM_SSH_PORT=$((HOMIE_VM_SSH_PORT + 100 + $1)) HOMIE_VM_FORWARD=
    vm start "$(image_of 1.0.0 img)"
    survives "$@"
    vm kill
    rm -rf "$HOMIE_VM"
)

turn_copies_off() {
    local copy
    for copy in "$home/cuts"/*/; do [ ! -s "$copy/qemu.pid" ] || HOMIE_VM=$copy vm kill; done
}

# What the install says of itself just now.
how_far() { if ! status '.install | "\(.state) \(.percentage) % \(.message)"'; then echo "it did not tell how far it was"; fi; }

# One install and the power cuts during it, number $1 to $2. The last one turns the machine off; those before it are copies of what
# they would have left, so that each costs a start, and not an install, too.
cut_an_install() {
    local number at=0 known before target=1.0.4 moments jobs=() texts=()
    mapfile -t moments < <(printf '%s\n' "${delays[@]:$1-1:$2-$1+1}" | sort -n)
    before=$(version)
    if [ "$before" = 1.0.4 ]; then target=1.0.1; fi
    known=$(interruptions)
    on systemd-run --quiet --unit=homie-cut --remain-after-exit homie-update install --allow-downgrade "$http/$(basename "$(image_of "$target" raucb)")"
    eventually "$patience" "the beginning of the install" install_has_begun
    for ((number = $1; number <= $2; number++)); do
        sleep "$((moments[number - $1] - at))"
        at=${moments[number - $1]}
        texts[number]="$at s into the install of $target ($(how_far))"
        echo "cut $number: ${texts[number]}"
        [ "$(on systemctl show -P ActiveState homie-cut.service)" = active ]
        if [ "$number" = "$2" ]; then vm kill; else vm cut "$home/cuts/$number"; fi
    done
    for ((number = $1; number < $2; number++)); do
        if [ "${#jobs[@]}" -ge "${HOMIE_APPLIANCE_MACHINES:-2}" ]; then
            wait "${jobs[0]}"
            jobs=("${jobs[@]:1}")
        fi
        copy_survives "$number" "$known" "${texts[number]}" >"$logs/cut-$number.log" 2>&1 &
        jobs+=("$!")
    done
    for number in "${jobs[@]}"; do wait "$number"; done
    for ((number = $1; number < $2; number++)); do cat "$logs/cut-$number.log"; done
    start_machine
    survives "$2" "$known" "${texts[$2]}"
}

scenario_power_cuts() {
    local number length last delays=() each=${HOMIE_APPLIANCE_CUTS_EACH:-5}
    rm -rf "$home/cuts"
    start_machine
    is_well
    serve
    trap 'turn_copies_off; stop_server' EXIT
    # Some moments after the end of the install belong to it, too.
    length=$(($(cat "$home/install-seconds") * 11 / 10 + 2))
    RANDOM=$HOMIE_SEED
    for ((number = 1; number <= HOMIE_CUTS; number++)); do delays+=("$((RANDOM % length))"); done
    for ((number = 1; number <= HOMIE_CUTS; number += each)); do
        last=$((number + each - 1 < HOMIE_CUTS ? number + each - 1 : HOMIE_CUTS))
        cut_an_install "$number" "$last"
    done
    measured "$HOMIE_CUTS of $HOMIE_CUTS power cuts were followed by a good system with all state"
}
