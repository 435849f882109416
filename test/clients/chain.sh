# Sourced by the scripts that need Node.js and a running chain. Everything it starts it also stops.

chain_pids=()
chain_dir=$(mktemp -d "${TMPDIR:-/tmp}/cybermiles-test.XXXXXX")

stop_chains() {
  local pid
  for pid in "${chain_pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  rm -rf "$chain_dir"
}
trap stop_chains EXIT
trap 'exit 130' INT TERM

# have_node: whether Node.js 20 or newer and npm are there; says what is missing.
have_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "Node.js and npm are not installed; install Node.js 20 or newer"
    return 1
  fi
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  if [ "$major" -lt 20 ]; then
    echo "Node.js $major is too old; install Node.js 20 or newer"
    return 1
  fi
}

# install DIR: the packages of DIR's lock file, unless they are there already. Returns 2 when no registry answers.
install() {
  local log=$chain_dir/npm.log
  [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ] || return 0
  echo "installing the packages of ${1#"$root"/} ..."
  (cd "$1" && npm ci --no-progress --loglevel=error) >"$log" 2>&1 && return 0
  head -n 20 "$log"
  grep -qE 'code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)' "$log" && return 2
  return 1
}

# build_contracts: compiles solidity/ into solidity/artifacts; its packages have to be installed.
build_contracts() { (cd "$root/solidity" && npm run --silent check && npm run --silent build) >/dev/null; }

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}

# block_number URL: the newest block's number, or nothing when nobody answers.
block_number() {
  node -e '
    fetch(process.argv[1], { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber" }), signal: AbortSignal.timeout(2000) })
      .then((answer) => answer.json()).then(({ result }) => console.log(Number(result)), () => {})' "$1"
}

# start_chain NAME ARGUMENT...: starts "cybermiles dev ARGUMENT..." on a free port with an empty home and waits until it
# answers. Sets chain_url; the log is $chain_dir/NAME.log.
start_chain() {
  local name=$1 port pid
  shift
  port=$(free_port)
  chain_url=http://127.0.0.1:$port
  "$binary" dev --home "$chain_dir/$name" --rpc.http-addr "127.0.0.1:$port" "$@" >"$chain_dir/$name.log" 2>&1 &
  pid=$!
  chain_pids+=("$pid")
  for _ in $(seq 100); do
    [ -n "$(block_number "$chain_url")" ] && return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  echo "the chain \"$name\" does not answer; its last words:"
  tail -n 20 "$chain_dir/$name.log"
  return 1
}
