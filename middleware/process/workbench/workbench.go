// Package workbench is what people do with a process model outside of the chain:
// say what starting it and each step bring, write variables as JSON, draw where
// an instance stands. It never runs inside a block and decides nothing: the
// contract does.
package workbench

import (
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
)

// Model is a compiled model with its deployed form.
type Model struct {
	*bpmn.Model
	Code []byte      // what is deployed
	Hash common.Hash // its name on every chain
}

// New is the workbench of a compiled model.
func New(model *bpmn.Model) *Model {
	code := model.Encode()
	return &Model{Model: model, Code: code, Hash: HashOf(code)}
}

// Decode reads the deployed form of a model.
func Decode(code []byte) (*Model, error) {
	model, err := bpmn.Decode(code)
	if err != nil {
		return nil, err
	}
	return &Model{Model: model, Code: code, Hash: HashOf(code)}, nil
}

// HashOf names a compiled model: the code hash of its account.
func HashOf(code []byte) common.Hash { return crypto.Keccak256Hash(contract.Code, code) }

// SourceHash names the source of a model.
func SourceHash(source []byte) common.Hash { return crypto.Keccak256Hash(source) }

// Executable is the process of that id; "" is the only one of the model.
func (m *Model) Executable(id string) (int, error) {
	var ids []string
	found := bpmn.None
	for i, p := range m.Processes {
		if !p.Executable {
			continue
		}
		ids = append(ids, p.ID)
		if p.ID == id || id == "" {
			found = i
		}
	}
	if found == bpmn.None || id == "" && len(ids) > 1 {
		return bpmn.None, fmt.Errorf("say which process: the model has %s", strings.Join(ids, ", "))
	}
	return found, nil
}

// Given are the names that the chain itself gives values: a step does not bring
// them, whatever it says. So are the names of roles.
var Given = map[string]bool{"caller": true, "paidWei": true, "instance": true, "account": true}

// given reports whether nobody brings the variable from outside.
func (m *Model) given(variable int) bool {
	v := &m.Variables[variable]
	if v.Meaning != bpmn.Plain || Given[v.Name] {
		return true
	}
	for _, role := range m.Roles {
		if role == v.Name {
			return true
		}
	}
	return false
}

// Timed reports whether a process has timers that fire while an instance runs,
// which its deposit pays for.
func (m *Model) Timed(process int) bool {
	for i := range m.Nodes {
		n := &m.Nodes[i]
		start := n.Kind == bpmn.StartEvent && n.Parent == m.Processes[process].Node
		for t := range n.Triggers {
			if n.Triggers[t].Kind == bpmn.Timer && !start && m.Within(i, m.Processes[process].Node) {
				return true
			}
		}
	}
	return false
}
