package process

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// program is a model that is ready to run.
type program struct {
	hash      common.Hash
	size      int
	engine    *machine.Engine
	model     *bpmn.Model
	variables map[string]bool
	steps     [][]int            // by process: the roles that have steps in it
	callees   [][]int            // by process: those of the model that it calls
	calls     map[int]*signature // by node: functions that can be called
	errors    map[[4]byte]string // codes that stand for Solidity's custom errors
	taken     [][]string         // by node: the variables that it takes from outside
	caught    []string           // those that events which catch errors and escalations take
}

func newProgram(hash common.Hash, content []byte) (*program, error) {
	model, err := bpmn.Decode(content)
	if err != nil {
		return nil, err
	}
	p := &program{
		hash: hash, size: len(content), engine: machine.New(model), model: model, variables: make(map[string]bool),
		calls: make(map[int]*signature), errors: make(map[[4]byte]string),
	}
	for i := range model.Variables {
		p.variables[model.Variables[i].Name] = true
	}
	// The bytes of a model have a text once, however many elements use it; so it is
	// looked at once.
	parsed := make(map[string]*signature)
	for i := range model.Nodes {
		if w := model.Nodes[i].Work; w != nil && w.Kind == bpmn.Contract {
			f, known := parsed[w.Name]
			if !known {
				f = parseSignature(w.Name)
				parsed[w.Name] = f
			}
			p.calls[i] = f
		}
	}
	p.takes()
	seen := make(map[string]bool, len(model.Errors))
	for _, code := range model.Errors {
		if seen[code] {
			continue
		}
		seen[code] = true
		if selector, ok := errorSelector(code); ok {
			p.errors[selector] = code
		}
	}
	p.parties()
	return p, nil
}

// takes finds which variables come from outside: those that an output mapping, or
// the result of a repeated activity, is alone. So nobody sets, or hides, what is
// the process's own.
func (p *program) takes() {
	p.taken = make([][]string, len(p.model.Nodes))
	for i := range p.model.Nodes {
		n := &p.model.Nodes[i]
		take := func(x feel.Expr) {
			if v, ok := x.(*feel.Global); ok && p.model.Variables[v.Index].Meaning == bpmn.Plain {
				p.taken[i] = append(p.taken[i], p.model.Variables[v.Index].Name)
			}
		}
		if n.Work != nil && n.Work.Result != bpmn.None {
			p.taken[i] = []string{p.model.Variables[n.Work.Result].Name}
			continue
		}
		for _, output := range n.Outputs {
			take(output.Value)
		}
		if n.Loop != nil {
			take(n.Loop.Result)
		}
		if n.Kind.Catches() && slices.ContainsFunc(n.Triggers, func(t bpmn.Trigger) bool { return t.Kind == bpmn.Error || t.Kind == bpmn.Escalation }) {
			p.caught = append(p.caught, p.taken[i]...) // once, however many triggers it has
		}
	}
}

// parties finds who has steps in each process, and which others it calls.
func (p *program) parties() {
	m := p.model
	owner, processOf := make([]int, len(m.Nodes)), make(map[int]int, len(m.Processes))
	for i := range m.Processes {
		processOf[m.Processes[i].Node] = i
	}
	p.steps, p.callees = make([][]int, len(m.Processes)), make([][]int, len(m.Processes))
	for i := range m.Nodes {
		n := &m.Nodes[i]
		if n.Parent == bpmn.None {
			owner[i] = processOf[i]
			continue
		}
		of := owner[n.Parent] // containers come before what is in them
		owner[i] = of
		if n.Work == nil {
			continue
		}
		if n.Role != bpmn.None && (n.Work.Kind == bpmn.Person && n.Work.Assignee == nil || n.Work.Kind == bpmn.Job) {
			p.steps[of] = append(p.steps[of], n.Role)
		}
		if n.Work.Kind == bpmn.Call && n.Work.Process != bpmn.None {
			p.callees[of] = append(p.callees[of], n.Work.Process)
		}
	}
	for i := range p.steps {
		slices.Sort(p.steps[i])
		p.steps[i] = slices.Compact(p.steps[i])
		slices.Sort(p.callees[i])
		p.callees[i] = slices.Compact(p.callees[i])
	}
}

// needed are the roles that have steps in a process, including those that it
// calls within the model.
func (p *program) needed(ctx *contract.Context, process int) (roles []int) {
	seen := map[int]bool{process: true}
	for queue := []int{process}; len(queue) > 0; queue = queue[1:] {
		ctx.Charge(unitGas * uint64(1+len(p.steps[queue[0]])+len(p.callees[queue[0]])))
		roles = append(roles, p.steps[queue[0]]...)
		for _, called := range p.callees[queue[0]] {
			if !seen[called] {
				seen[called] = true
				queue = append(queue, called)
			}
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// role is the number of a role, of which administrator is the last; ok is false
// when there is none of the name.
func (p *program) role(name string) (index int, ok bool) {
	for i, each := range p.model.Roles {
		if each == name {
			return i, true
		}
	}
	return len(p.model.Roles), name == administrator
}

func (p *program) roleName(index int) string {
	if index < len(p.model.Roles) {
		return p.model.Roles[index]
	}
	return administrator
}

// errorSelector is what an error's code stands for in return data: the selector
// itself (0x and 8 digits), a signature, or a name without arguments.
func errorSelector(code string) (selector [4]byte, ok bool) {
	switch {
	case strings.HasPrefix(code, "0x") && len(code) == 10:
		raw, err := hex.DecodeString(code[2:])
		copy(selector[:], raw)
		return selector, err == nil
	case identifier(code):
		code += "()"
	case !strings.HasSuffix(code, ")") || !identifier(code[:max(strings.IndexByte(code, '('), 0)]):
		return selector, false
	}
	copy(selector[:], crypto.Keccak256([]byte(code)))
	return selector, true
}

// identifier reports whether a text is a name in Solidity.
func identifier(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// modelGas is the price of a compiled model's byte, to verify it and make it
// ready to run.
const modelGas = 8

// program is a deployed model. What it costs does not depend on whether this
// node has it in memory.
func (p *Process) program(ctx *contract.Context, hash common.Hash) (*program, error) {
	content, ok := ctx.Blob(hash)
	if !ok {
		return nil, p.fail.NotDeployed(hash)
	}
	ctx.Charge(modelGas * uint64(len(content)))
	if program, found := p.programs.Get(hash); found {
		return program, nil
	}
	program, err := newProgram(hash, content)
	if err != nil {
		return nil, p.fail.NotDeployed(hash) // some other contract's bytes
	}
	p.programs.Put(hash, program, program.size)
	return program, nil
}
