package main

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cybermiles/cybermiles/network"
)

// TestNodeScripts runs the commands that make, run and maintain nodes as the
// files of testdata/node say. PORT is the first of four nodes' ports: PORT for
// JSON-RPC, the next for peers, the next for CometBFT's RPC, in steps of ten.
func TestNodeScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/node",
		Setup: func(env *testscript.Env) error {
			port, err := freePorts()
			if err != nil {
				return err
			}
			for i, name := range []string{"PORT", "P2P_PORT", "COMET_PORT"} {
				env.Setenv(name, strconv.Itoa(port+i))
			}
			env.Setenv("LAST_PORT", strconv.Itoa(port+30))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"setmatch": setMatch, "exits": exits},
	})
}

// freePorts finds the first port of a range in which four nodes can listen.
func freePorts() (int, error) {
	for range 50 {
		first, err := freePort()
		if err != nil {
			return 0, err
		}
		var addresses []string
		for node := range 4 {
			for service := range 3 {
				addresses = append(addresses, fmt.Sprintf("127.0.0.1:%d", first+10*node+service))
			}
		}
		if network.RequireFree(addresses...) == nil {
			return first, nil
		}
	}
	return 0, fmt.Errorf("no range of free ports found")
}
