package workbench_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/process/engine/machine"
	"github.com/cybermiles/cybermiles/middleware/process/engine/soundness"
	"github.com/cybermiles/cybermiles/middleware/process/workbench"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	rules "github.com/cybermiles/cybermiles/middleware/rules/workbench"
)

const examples = "../../../solidity/process-examples/"

func open(t testing.TB, name string) *workbench.Model {
	t.Helper()
	source, err := os.ReadFile(examples + name + ".bpmn")
	require.NoError(t, err)
	model, warnings, err := compiler.Compile(source, compiler.Options{})
	require.NoError(t, err)
	require.Empty(t, warnings)
	report := soundness.Check(model)
	require.Empty(t, report.Findings)
	require.Empty(t, report.Undecided)
	return workbench.New(model)
}

// walk runs one instance of an example through the machine, as the contract
// would.
type walk struct {
	t       *testing.T
	model   *workbench.Model
	engine  *machine.Engine
	session *machine.Session
	now     int64
	open    []machine.Effect // what waits for an answer or a time
	refuse  int              // how many contract calls fail
	held    int64
	paid    map[string]int64
	ended   *machine.Effect
	last    string // node that a token came to last
}

func newWalk(t *testing.T, model *workbench.Model, refuse int, roles, variables string) *walk {
	w := &walk{t: t, model: model, engine: machine.New(model.Model), now: 1_700_000_000, refuse: refuse, paid: map[string]int64{}}
	form := model.Start(0)
	given, err := form.Fill([]byte(variables))
	require.NoError(t, err)
	entries := append([]feel.Entry{}, given.Entries()...)
	for _, role := range strings.Fields(roles) {
		entries = append(entries, feel.Entry{Key: role, Value: feel.String("0x" + role)})
	}
	entries = append(entries, feel.Entry{Key: "account", Value: feel.String("0xaccount")})
	w.session, err = w.engine.Start(0, bpmn.None, feel.NewContext(entries...), w.options())
	require.NoError(t, err)
	w.settle()
	return w
}

func (w *walk) options() machine.Options { return machine.Options{Now: w.now, Trace: true} }

// settle looks at what the last command asked for and answers what needs no
// person.
func (w *walk) settle() {
	for effects := w.session.Effects(); len(effects) > 0; effects = w.session.Effects() {
		for _, e := range effects {
			w.effect(e)
		}
	}
}

func (w *walk) effect(e machine.Effect) {
	switch e.Kind {
	case machine.TaskOpened, machine.TimerSet, machine.Subscribed:
		w.open = append(w.open, e)
	case machine.WorkClosed:
		w.close(func(o machine.Effect) bool { return o.Token == e.Token && o.Kind == machine.TaskOpened })
	case machine.TimerCleared, machine.Unsubscribed:
		w.close(func(o machine.Effect) bool { return o.Wait == e.Wait && o.Kind != machine.TaskOpened })
	case machine.NodeEntered:
		w.last = w.model.Nodes[e.Node].ID
	case machine.DecisionAsked:
		require.NoError(w.t, w.session.Complete(e.Token, feel.NewContext(feel.Entry{Key: "terms", Value: decide(w.t, e)})))
	case machine.ContractCalled:
		if w.refuse > 0 {
			w.refuse--
			require.NoError(w.t, w.session.Throw(e.Token, "InsufficientAllowance(address,uint256,uint256)", nil))
			return
		}
		require.NoError(w.t, w.session.Complete(e.Token, nil))
	case machine.Paid:
		amount, whole := e.Amount.(feel.Number).Int64()
		require.True(w.t, whole)
		if e.Asset == nil {
			w.held -= amount
		}
		if amount > 0 {
			w.paid[strings.Trim(feel.Text(e.Target), `"`)+map[bool]string{true: "", false: " goods"}[e.Asset == nil]] += amount
		}
	case machine.Ended:
		w.ended = &e
	case machine.IncidentRaised:
		require.Fail(w.t, "incident at "+w.model.Nodes[e.Node].ID+": "+e.Name)
	}
}

func decide(t *testing.T, e machine.Effect) feel.Value {
	model, err := rules.Compile(examples + "terms.dmn")
	require.NoError(t, err)
	require.Equal(t, model.Hash.Hex()+"#Terms", e.Name, "sale.bpmn pins another terms.dmn")
	result, err := model.Evaluate("Terms", e.Payload, time.Unix(0, 0))
	require.NoError(t, err)
	return result.Value
}

func (w *walk) close(gone func(machine.Effect) bool) {
	kept := w.open[:0]
	for _, o := range w.open {
		if !gone(o) {
			kept = append(kept, o)
		}
	}
	w.open = kept
}

// step is "node {variables} paid 100": a person or message comes to a node;
// "node#1" is the second of several. For a timer "after node" waits until then.
func (w *walk) step(text string) {
	w.t.Helper()
	text, paidText, paid := strings.Cut(text, " paid ")
	id, variables, _ := strings.Cut(strings.TrimPrefix(text, "after "), " ")
	id, number, _ := strings.Cut(id, "#")
	skip, _ := strconv.Atoi(number)
	var found *machine.Effect
	for _, o := range w.open {
		if w.model.Nodes[o.Node].ID == id {
			if found = &o; skip == 0 {
				break
			}
			skip--
		}
	}
	require.NotNil(w.t, found, "%s is not open", id)
	values := w.fill(found, variables, paid, paidText)
	if found.Kind == machine.TimerSet {
		w.now = found.Due
	}
	var err error
	w.session, err = w.engine.Open(w.session.Instance(), w.options())
	require.NoError(w.t, err)
	if found.Kind == machine.TaskOpened {
		w.close(func(o machine.Effect) bool { return o.Token == found.Token && o.Kind == machine.TaskOpened })
		err = w.session.Complete(found.Token, values)
	} else {
		err = w.session.Deliver(found.Wait, values)
	}
	require.NoError(w.t, err, text)
	w.settle()
}

func (w *walk) fill(e *machine.Effect, variables string, paid bool, text string) *feel.Context {
	form, _ := w.model.Step(e.Node)
	values, err := form.Fill([]byte(variables))
	require.NoError(w.t, err)
	amount := int64(0)
	if paid {
		amount, err = strconv.ParseInt(text, 10, 64)
		require.NoError(w.t, err)
		w.held += amount
	}
	if w.model.VariableIndex("paidWei") == bpmn.None || e.Kind != machine.TaskOpened {
		return values
	}
	return feel.NewContext(append(append([]feel.Entry{}, values.Entries()...), feel.Entry{Key: "paidWei", Value: feel.Int(int(amount))})...)
}

// path is one way through an example.
type path struct {
	steps  string // lines
	refuse int
	end    string
	paid   map[string]int64
	left   int64 // and for whom
	to     string
}

func run(t *testing.T, name, roles, variables string, paths map[string]path) {
	model := open(t, name)
	visited := map[string]bool{}
	for title, p := range paths {
		t.Run(title, func(t *testing.T) {
			w := newWalk(t, model, p.refuse, roles, variables)
			for _, step := range strings.Split(p.steps, "\n") {
				if step = strings.TrimSpace(step); step != "" {
					w.step(step)
					visited[strings.Fields(strings.TrimPrefix(step, "after "))[0]] = true
				}
			}
			require.NotNil(t, w.ended, "it still runs, last at %s", w.last)
			require.Equal(t, machine.Completed, w.ended.Status)
			require.Equal(t, p.end, w.last)
			require.Equal(t, p.paid, w.paid)
			require.Equal(t, p.left, w.held, "remainder")
			require.Equal(t, fmt.Sprintf("%q", p.to), fmt.Sprintf("%q", strings.Trim(feel.Text(w.ended.Target), `"`)))
			visited[p.end] = true
		})
	}
	for i := range model.Nodes { // no person's step, timer, message or end is left out
		n := &model.Nodes[i]
		waits := n.Work != nil && n.Work.Kind == bpmn.Person || n.Kind == bpmn.BoundaryEvent && n.Triggers[0].Kind != bpmn.Error ||
			n.Kind == bpmn.EndEvent && model.Nodes[n.Parent].Kind == bpmn.ProcessRoot && n.ID != "read"
		if waits && !visited[n.ID] && !visited[n.ID+"#0"] && !visited[n.ID+"#1"] {
			t.Errorf("no walk comes by %s", n.ID)
		}
	}
}

func TestSaleExample(t *testing.T) {
	bought := "answer {\"answer\": \"buy\"} paid 1000000\n"
	shipped := bought + "ship {\"tracking\": \"XY 1\"}\n"
	complained := shipped + "receive {\"complaint\": \"broken\"}\n"
	all := map[string]int64{"0xseller": 985_000, "0xmarket": 15_000}
	back := map[string]int64{"0xbuyer": 1_000_000}
	run(t, "sale", "seller buyer arbiter market", `{"category": "books", "sellerLevel": "gold", "priceWei": 1000000}`, map[string]path{
		"sold and reviewed":     {steps: shipped + "receive\nrateSeller {\"stars\": 5}\nrateBuyer {\"stars\": 4}", end: "done", paid: all, to: "0xbuyer"},
		"no review":             {steps: shipped + "receive\nrateSeller {\"stars\": 9}\nafter unreviewed", end: "done", paid: all, to: "0xbuyer"},
		"overpaid":              {steps: "answer {\"answer\": \"buy\"} paid 1000005\nship\nreceive\nafter unreviewed", end: "done", paid: all, left: 5, to: "0xbuyer"},
		"silent buyer":          {steps: shipped + "after silent\nafter unreviewed", end: "done", paid: all, to: "0xbuyer"},
		"no answer":             {steps: "after unanswered", end: "lapsed", paid: map[string]int64{}, to: "0xbuyer"},
		"declined":              {steps: "answer {\"answer\": \"no\"}", end: "lapsed", paid: map[string]int64{}, to: "0xbuyer"},
		"paid too little":       {steps: "answer {\"answer\": \"buy\"} paid 999999", end: "lapsed", paid: map[string]int64{}, left: 999_999, to: "0xbuyer"},
		"haggled":               {steps: "answer {\"answer\": \"haggle\", \"offerWei\": 600000}\nreconsider {\"priceWei\": 800000}\nanswer {\"answer\": \"buy\"} paid 800000\nship\nreceive\nafter unreviewed", end: "done", paid: map[string]int64{"0xseller": 788_000, "0xmarket": 12_000}, to: "0xbuyer"},
		"firm seller":           {steps: "answer {\"answer\": \"haggle\", \"offerWei\": 1}\nafter firm", end: "lapsed", paid: map[string]int64{}, to: "0xbuyer"},
		"a price below nothing": {steps: "answer {\"answer\": \"haggle\", \"offerWei\": 1}\nreconsider {\"priceWei\": -5}\nanswer {\"answer\": \"buy\"} paid 3", end: "lapsed", paid: map[string]int64{}, left: 3, to: "0xbuyer"},
		"not shipped":           {steps: bought + "after late", end: "returned", paid: back, to: "0xbuyer"},
		"complaint refused":     {steps: complained + "judge {\"sellerBps\": 10000}\nafter unreviewed", end: "done", paid: all, to: "0xbuyer"},
		"complaint accepted":    {steps: complained + "judge {\"sellerBps\": 0}", end: "returned", paid: back, to: "0xbuyer"},
		"shared":                {steps: complained + "judge {\"sellerBps\": 12000}\njudge {\"sellerBps\": 2500}\nafter unreviewed", end: "done", paid: map[string]int64{"0xseller": 246_250, "0xmarket": 3_750, "0xbuyer": 750_000}, to: "0xbuyer"},
		"arbiter asleep":        {steps: complained + "after unjudged", end: "returned", paid: back, to: "0xbuyer"},
	})
}

func TestCreditExample(t *testing.T) {
	loaded := "open paid 1100\npresent\n"
	presented := loaded + "carry {\"documents\": \"0xd0c\"}\n"
	refused := presented + "examine {\"discrepancy\": \"weight\"}\n"
	exchanged := map[string]int64{"0xbuyer goods": 50, "0xseller": 1000, "0xcarrier": 100}
	rejected := map[string]int64{"0xseller goods": 50, "0xcarrier": 100}
	run(t, "credit", "buyer seller carrier", `{"goods": "0xgoods", "units": 50, "priceWei": 1000, "freightWei": 100}`, map[string]path{
		"exchanged":             {steps: presented + "examine", end: "settled", paid: exchanged, to: "0xbuyer"},
		"silence is acceptance": {steps: presented + "after unexamined", end: "settled", paid: exchanged, to: "0xbuyer"},
		"not opened":            {steps: "after unopened", end: "lapsed", paid: map[string]int64{}, to: "0xbuyer"},
		"not covered":           {steps: "open paid 1099", end: "lapsed", paid: map[string]int64{}, left: 1099, to: "0xbuyer"},
		"not presented":         {steps: "open paid 1100\nafter unpresented", end: "lapsed", paid: map[string]int64{}, left: 1100, to: "0xbuyer"},
		"approved late":         {steps: "open paid 1100\npresent\n" + presented[len("open paid 1100\n"):] + "examine", refuse: 1, end: "settled", paid: exchanged, to: "0xbuyer"},
		"lost at sea":           {steps: loaded + "after overdue", end: "lost", paid: map[string]int64{"0xseller goods": 50}, left: 1100, to: "0xbuyer"},
		"cured":                 {steps: refused + "cure {\"documents\": \"0xd0d\"}\nexamine", end: "settled", paid: exchanged, to: "0xbuyer"},
		"not cured":             {steps: refused + "after uncured", end: "rejected", paid: rejected, left: 1000, to: "0xbuyer"},
		"three discrepancies":   {steps: refused + "cure\nexamine {\"discrepancy\": \"date\"}\ncure\nexamine {\"discrepancy\": \"name\"}", end: "rejected", paid: rejected, left: 1000, to: "0xbuyer"},
	})
}

func TestRideExample(t *testing.T) {
	offers := "request paid 5000\noffer {\"perKmWei\": 30}\noffer {\"perKmWei\": 20}\noffer {\"perKmWei\": 40}\n"
	underway := offers + "choose {\"choice\": 1}\narrive\nboard\n"
	driven := map[string]int64{"0xada": 320, "0xgarage": 60, "0xplatform": 20}
	cabs := `{"baseWei": 100, "noShowWei": 50, "cabs": [{"driver": "0xada", "meter": "0xm1"}, {"driver": "0xbob", "meter": "0xm2"}, {"driver": "0xcy", "meter": "0xm3"}, {"driver": "0xdan", "meter": "0xm4"}]}`
	run(t, "ride", "rider garage platform", cabs, map[string]path{
		"driven":            {steps: underway + "ticks {\"reading\": 4}\nticks {\"reading\": 10}\nticks {\"reading\": 7}\ndrive", end: "arrived", paid: driven, left: 4600, to: "0xrider"},
		"the cheapest":      {steps: offers + "after undecided\narrive\nboard\nticks {\"reading\": 15}\ndrive", end: "arrived", paid: map[string]int64{"0xbob": 320, "0xgarage": 60, "0xplatform": 20}, left: 4600, to: "0xrider"},
		"no such offer":     {steps: offers + "choose {\"choice\": 9}\narrive\nboard\ndrive", end: "arrived", paid: map[string]int64{"0xbob": 80, "0xgarage": 15, "0xplatform": 5}, left: 4900, to: "0xrider"},
		"more than is held": {steps: underway + "ticks {\"reading\": 1000}\ndrive", end: "arrived", paid: map[string]int64{"0xada": 4000, "0xgarage": 750, "0xplatform": 250}, to: "0xrider"},
		"driver forgets":    {steps: underway + "ticks {\"reading\": 10}\nafter endless", end: "arrived", paid: driven, left: 4600, to: "0xrider"},
		"one offer":         {steps: "request paid 5000\noffer#1 {\"perKmWei\": 20}\nafter enough\nchoose {\"choice\": 1}\narrive\nboard\nticks {\"reading\": 15}\ndrive", end: "arrived", paid: map[string]int64{"0xbob": 320, "0xgarage": 60, "0xplatform": 20}, left: 4600, to: "0xrider"},
		"worthless offers":  {steps: "request paid 5000\noffer {\"perKmWei\": -1}\noffer {}\nafter enough", end: "unserved", paid: map[string]int64{}, left: 5000, to: "0xrider"},
		"nobody":            {steps: "request paid 5000\nafter enough", end: "unserved", paid: map[string]int64{}, left: 5000, to: "0xrider"},
		"nothing paid in":   {steps: "request\noffer {\"perKmWei\": 30}\nafter enough", end: "unserved", paid: map[string]int64{}, to: "0xrider"},
		"not asked":         {steps: "after forgotten", end: "unserved", paid: map[string]int64{}, to: "0xrider"},
		"driver lost":       {steps: offers + "choose {\"choice\": 1}\nafter lost", end: "deserted", paid: map[string]int64{}, left: 5000, to: "0xrider"},
		"no-show":           {steps: offers + "choose {\"choice\": 1}\narrive\nafter away", end: "missed", paid: map[string]int64{"0xada": 50}, left: 4950, to: "0xrider"},
	})
}
