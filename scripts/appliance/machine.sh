# shellcheck shell=bash
# The machine that scripts/test-appliance takes through its life. Needs say.sh.

home=${HOMIE_APPLIANCE:-$PWD/.build/appliance}
images=$home/images logs=$home/logs passed=$home/passed
mkdir -p "$images" "$logs" "$passed"
export HOMIE_VM=$home/vm HOMIE_VM_SSH_PORT=${HOMIE_VM_SSH_PORT:-2222}
http_port=${HOMIE_APPLIANCE_HTTP_PORT:-8099}
# As the machine sees this host.
http=http://10.0.2.2:$http_port
server_pid=
# Emulation on a busy host is slow; what takes longer than this has failed.
patience=${HOMIE_APPLIANCE_PATIENCE:-2400}

vm() { scripts/vm "$@"; }

measured() { echo "measured: $*"; }

# on COMMAND…: one command on the machine; a hung connection is not waited for.
on() { timeout 300 scripts/vm ssh "$@"; }

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

stop_server() { [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null || true; }

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

slot_is_confirmed() { [ "$(on systemctl is-active homie-confirm-boot.service 2>/dev/null)" = active ]; }

services_are_healthy() {
    [ "$(on homie ps --json 2>/dev/null | jq '[.. | .phase? // empty] | length > 0 and all(. == "healthy")')" = true ]
}

write_state() {
    on "mkdir -p /etc/homie && echo $1 >/etc/homie/marker && echo $1 >/var/lib/marker && sync &&
        docker exec example-database-1 psql -q -U homie -d example -c 'create table marker (text text)' \
            -c \"insert into marker values ('$1')\""
}

state_is_there() {
    [ "$(on cat /etc/homie/marker)" = "$1" ] && [ "$(on cat /var/lib/marker)" = "$1" ] &&
        [ "$(on docker exec example-database-1 psql -At -U homie -d example -c "'select text from marker'")" = "$1" ]
}

# After a start: everything is as it has to be, whichever good version runs.
is_well() {
    eventually "$patience" "SSH" on true
    eventually "$patience" "homied" homied_is_ready
    eventually "$patience" "healthy services" services_are_healthy
    eventually "$patience" "a confirmed slot" slot_is_confirmed
    eventually 120 "the state from before" state_is_there homie
    on grub-editenv /efi/grub/grubenv list
}

# install VERSION: over HTTP, through the API.
install_version() {
    curl -fsS -o /dev/null "http://127.0.0.1:$http_port/count/reset"
    local before=$SECONDS
    timeout "$patience" scripts/vm ssh homie os install "$http/$(basename "$(image_of "$1" raucb)")"
    measured "install of $1: $((SECONDS - before)) s, $(fetched) bytes of $(stat -c %s "$(image_of "$1" raucb)") fetched"
}

restart_machine() { on homie os reboot --yes || true; }

boots_seen() { grep -ac 'homie: booting slot' "$HOMIE_VM/console.log" || true; }
