package workbench

import (
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// FormKind is what a form is filled in for.
type FormKind uint8

// The kinds of forms.
const (
	Start   FormKind = iota // an instance
	Task                    // a person's task
	Job                     // a job
	Message                 // a message
)

// Form is what starting a process, or one of its steps, brings.
type Form struct {
	Kind   FormKind
	Node   int    // bpmn.None for the start of a process
	ID     string // of the node or process
	Name   string // of the node or process
	Role   string // whose step it is, "" for an assignee or nobody
	Job    string // type of a job
	Events string // name of a message
	Fields []feel.Field
}

// Field is the form's field of that name.
func (f *Form) Field(name string) (feel.Field, bool) {
	for _, field := range f.Fields {
		if field.Name == name {
			return field, true
		}
	}
	return feel.Field{}, false
}

// Start is what an instance of a process is started with: the variables that may
// be read before the process itself has set them.
func (m *Model) Start(process int) Form {
	p := &m.Processes[process]
	form := Form{Kind: Start, Node: bpmn.None, ID: p.ID, Name: p.Name}
	live := liveAtStart(m, process)
	for i := range m.Variables {
		if live[i] && !m.given(i) {
			form.Fields = append(form.Fields, m.field(i))
		}
	}
	return form
}

// Steps are the forms of the tasks, jobs and messages of a process, in the order
// of the source.
func (m *Model) Steps(process int) (forms []Form) {
	root := m.Processes[process].Node
	for i := range m.Nodes {
		if i == root || !m.Within(i, root) {
			continue
		}
		if form, ok := m.Step(i); ok {
			forms = append(forms, form)
		}
	}
	return forms
}

// Step is the form of a node that somebody or something outside completes.
func (m *Model) Step(node int) (Form, bool) {
	n := &m.Nodes[node]
	form := Form{Node: node, ID: n.ID, Name: n.Name}
	if n.Role != bpmn.None {
		form.Role = m.Roles[n.Role]
	}
	message := messageOf(n)
	switch {
	case message != nil:
		form.Kind, form.Events = Message, m.Messages[message.Ref]
	case n.Work == nil:
		return form, false
	case n.Work.Kind == bpmn.Person:
		form.Kind = Task
	case n.Work.Kind == bpmn.Job:
		form.Kind, form.Job = Job, n.Work.Name
	default:
		return form, false
	}
	taken := map[int]bool{}
	add := func(variable int) {
		if variable != bpmn.None && !taken[variable] && !m.given(variable) && !m.item(n, variable) {
			taken[variable] = true
			form.Fields = append(form.Fields, m.field(variable))
		}
	}
	for _, mapping := range n.Outputs {
		add(alone(mapping.Value))
	}
	if n.Work != nil {
		add(n.Work.Result)
	}
	if n.Loop != nil && n.Loop.Results != bpmn.None {
		add(alone(n.Loop.Result))
	}
	return form, true
}

// messageOf is the message that a node waits for, or nil.
func messageOf(n *bpmn.Node) *bpmn.Trigger {
	if n.Work != nil && n.Work.Kind == bpmn.AwaitMessage {
		return n.Work.Message
	}
	for i := range n.Triggers {
		if n.Kind.Catches() && n.Triggers[i].Kind == bpmn.Message {
			return &n.Triggers[i]
		}
	}
	return nil
}

// item reports whether a variable is what a repeated activity hands each of its
// instances.
func (m *Model) item(n *bpmn.Node, variable int) bool {
	return n.Loop != nil && n.Loop.Item == variable
}

// alone is the variable that an expression is nothing but, or bpmn.None: only
// such mappings take something from outside. In `offers[choice]` a stored value
// must not be replaced by whoever completes the step.
func alone(x feel.Expr) int {
	if g, ok := x.(*feel.Global); ok {
		return g.Index
	}
	return bpmn.None
}

func (m *Model) field(variable int) feel.Field {
	v := &m.Variables[variable]
	return feel.Field{Name: v.Name, Type: v.Type}
}
