# shellcheck shell=bash
# The machine that scripts/test-appliance takes through its life. Needs say.sh.

home=${HOMIE_APPLIANCE:-$PWD/.build/appliance}
images=$home/images logs=$home/logs passed=$home/passed
mkdir -p "$images" "$logs" "$passed"
export HOMIE_VM=$home/vm HOMIE_VM_SSH_PORT=${HOMIE_VM_SSH_PORT:-2222}
example_port=${HOMIE_APPLIANCE_EXAMPLE_PORT:-8098}
export HOMIE_VM_FORWARD="$example_port:8088"
http_port=${HOMIE_APPLIANCE_HTTP_PORT:-8099}
# As the machine sees this host.
http=http://10.0.2.2:$http_port
server_pid=
# Emulation on a busy host is slow; what takes longer than this has failed.
patience=${HOMIE_APPLIANCE_PATIENCE:-2400}

vm() { scripts/vm "$@"; }

measured() { echo "measured: $*"; }

# on COMMAND…: one command on the machine; a hung connection is not waited for, and the next command makes a new one.
on() {
    local status=0
    timeout "${HOMIE_APPLIANCE_COMMAND:-600}" scripts/vm ssh "$@" || status=$?
    case $status in 124 | 255) vm hang-up ;; esac
    return "$status"
}

# eventually SECONDS WHAT COMMAND…: tries until it succeeds.
eventually() {
    local limit=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$limit" ] || { echo "waited in vain for: $what" && return 1; }
        sleep 5
    done
}

serve() {
    python3 scripts/appliance/range-server.py "$images" "$http_port" &
    server_pid=$!
    sleep 1
    kill -0 "$server_pid" || { echo "port $http_port is taken" && return 1; }
    eventually 20 "the HTTP server" curl -fsS -o /dev/null "http://127.0.0.1:$http_port/count"
}

# Called at every end; a server that is gone already is as good.
stop_server() {
    [ -n "$server_pid" ] && kill -0 "$server_pid" 2>/dev/null || return 0
    kill "$server_pid"
}

fetched() { curl -fsS "http://127.0.0.1:$http_port/count" | jq .bytes; }

image_of() { echo "$images/homie-qemu-x86_64-$1.$2"; }

start_machine() {
    vm status >/dev/null 2>&1 && return 0
    vm start "$(image_of 1.0.0 img)"
    ln -sf "$HOMIE_VM/console.log" "$logs/console.log"
}

stop_machine() { vm stop; }

forget_machine() {
    vm reset
    rm -f "$passed"/*
    [ ! -e "$images/built" ] || touch "$passed/build"
}

version() { on cat /usr/lib/homie/version 2>/dev/null; }

# status FILTER: of homie os status --json.
status() { on homie os status --json 2>/dev/null | jq -r "$1"; }

runs_version() { [ "$(version)" = "$1" ]; }

homied_is_ready() { on homie stacks >/dev/null 2>&1; }

# Whatever it says: without a route, that there is none.
gateway_answers() { on curl -s -o /dev/null http://127.0.0.1/; }

slot_is_confirmed() { [ "$(on systemctl is-active homie-confirm-boot.service 2>/dev/null)" = active ]; }

services_are_healthy() {
    [ "$(on homie ps --json 2>/dev/null | jq '[.. | .phase? // empty] | length > 0 and all(. == "healthy")')" = true ]
}

# The names of routes that are published on the network, a line each.
route_names() { on homie route ls --json 2>/dev/null | jq -r '[.. | .published? // empty | arrays | .[]] | map(select(.state == "published")) | .[].name'; }

name_is_published() { [ -n "$(route_names)" ]; }

write_state() {
    on "mkdir -p /etc/homie && echo $1 >/etc/homie/marker && echo $1 >/var/lib/marker && sync &&
        docker exec example-database-1 psql -q -U homie -d example -c 'create table marker (text text)' \
            -c \"insert into marker values ('$1')\""
}

state_is_there() {
    [ "$(on "cat /etc/homie/marker /var/lib/marker &&
        docker exec example-database-1 psql -At -U homie -d example -c 'select text from marker'" | xargs)" = "$1 $1 $1" ]
}

# After a start: everything is as it has to be, whichever good version runs.
is_well() {
    eventually "$patience" "SSH" on true
    eventually "$patience" "homied" homied_is_ready
    eventually "$patience" "healthy services" services_are_healthy
    eventually "$patience" "a confirmed slot" slot_is_confirmed
    eventually "$patience" "the state from before" state_is_there homie
    on grub-editenv /efi/grub/grubenv list
}

# install_source VERSION SOURCE: over HTTP, through the API; SOURCE is what is asked for: a version of the index, or an address.
install_source() {
    local before=$SECONDS took bytes size
    curl -fsS -o /dev/null "http://127.0.0.1:$http_port/count/reset"
    timeout "$patience" scripts/vm ssh homie os install "$2"
    took=$((SECONDS - before)) bytes=$(fetched) size=$(stat -c %s "$(image_of "$1" raucb)")
    measured "install of $1 ($2): $took s, $bytes of $size bytes fetched, $((bytes * 1000 / size)) per mille"
}

# install_version VERSION: the bundle itself, of which RAUC fetches the blocks that the device does not have.
install_version() {
    local before=$SECONDS
    install_source "$1" "$http/$(basename "$(image_of "$1" raucb)")"
    echo "$((SECONDS - before))" >"$home/install-seconds"
}

# The device may hang up (255), or fall silent (124), before it has answered.
restart_machine() {
    local status=0
    on homie os reboot --yes || status=$?
    case $status in
        0 | 124 | 255) ;;
        *) return "$status" ;;
    esac
    vm hang-up
}

# grep ends with 1 when it has counted none.
boots_seen() { grep -ac 'homie: booting slot' "$HOMIE_VM/console.log" || [ $? = 1 ]; }

# Asks the example from outside once a second, and notes when it answered.
watch_example() {
    local log=$1
    : >"$log"
    while sleep 1; do
        local status=0
        curl -sS -o /dev/null --max-time 60 "http://127.0.0.1:$example_port/" 2>/dev/null || status=$?
        echo "$(date +%s) $status" >>"$log"
    done
}

# longest_silence LOG FROM TO: seconds between two answers in a row, both times in seconds since 1970.
longest_silence() {
    awk -v from="$2" -v to="$3" '$2 == 0 && $1 >= from && $1 <= to {
        if (last && $1 - last > longest) longest = $1 - last
        last = $1
    } END { print longest + 0 }' "$1"
}

# refused LOG FROM TO: how often it was not there; an emulated machine may be slow to answer (28), which is not that.
refused() { awk -v from="$2" -v to="$3" '$1 >= from && $1 <= to && $2 != 0 && $2 != 28' "$1" | wc -l; }
