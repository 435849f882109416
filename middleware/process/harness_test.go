package process_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/process"
	"github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel/parser"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

var (
	at        = common.HexToAddress("0xc102")
	collector = common.HexToAddress("0xfee")
	seller    = common.HexToAddress("0x5e11e4")
	buyer     = common.HexToAddress("0xb0b")
	arbiter   = common.HexToAddress("0xa4b")
	stranger  = common.HexToAddress("0x57a")
	system    = common.HexToAddress("0xfffffffffffffffffffffffffffffffffffffffe")
	everybody = common.HexToAddress("0xffffffffffffffffffffffffffffffffffffffff")
)

// world is a chain with the contract.
type world struct {
	*contracttest.Chain
	p     *process.Process
	shop  *shop
	token *token
}

func newWorld(t testing.TB) *world {
	p, shop, token := process.New(at, collector, decide), newShop(), newToken()
	shop.target = at
	w := &world{contracttest.New(t, p, shop, token), p, shop, token}
	w.Chain.BaseFeeWei = 10
	for _, account := range []common.Address{seller, buyer, arbiter, stranger} {
		w.Fund(account, wei(1e18))
	}
	return w
}

// decide stands for the rules contract: it knows the decision fee of the model
// shop, a tenth of the price.
func decide(_ *contract.Context, model, decision string, input []byte) ([]byte, error) {
	value, err := wire.Decode(input)
	inputs, ok := value.(*feel.Context)
	if err != nil || !ok || model != "shop" || decision != "fee" {
		return nil, errors.New("there is no such decision")
	}
	price, _ := inputs.Get("price")
	n, _ := price.(feel.Number).Int64()
	return wire.Encode(feel.Int(int(n/10)), nil)
}

func wei(n uint64) *uint256.Int { return uint256.NewInt(n) }

// source is a BPMN file of processes.
func source(processes ...string) string {
	return `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:cm="urn:cybermiles:process:1" id="d" targetNamespace="urn:example">` + strings.Join(processes, "\n") + `</definitions>`
}

// flowOf is a process whose elements follow each other; those written with an
// extra flow of their own stand alone.
func flowOf(id string, elements ...string) string {
	return fmt.Sprintf(`<process id=%q isExecutable="true">%s</process>`, id, strings.Join(elements, "\n"))
}

// chainOf is a process of a start event, the elements with these ids one after
// the other, and an end event; others are further elements.
func chainOf(id string, steps []string, others ...string) string {
	elements := append([]string{`<startEvent id="start"/>`, `<endEvent id="end"/>`}, others...)
	before := "start"
	for i, step := range append(steps, "end") {
		elements = append(elements, flow(fmt.Sprintf("f%d", i), before, step))
		before = step
	}
	return flowOf(id, elements...)
}

func flow(id, from, to string) string {
	return fmt.Sprintf(`<sequenceFlow id=%q sourceRef=%q targetRef=%q/>`, id, from, to)
}

// user is a task of a role; ext are further extension elements.
func user(id, role string, ext ...string) string {
	if role != "" {
		ext = append(ext, fmt.Sprintf(`<cm:role name=%q/>`, role))
	}
	return element("userTask", id, "", ext...)
}

func element(kind, id, body string, ext ...string) string {
	if len(ext) > 0 {
		body = "<extensionElements>" + strings.Join(ext, "") + "</extensionElements>" + body
	}
	format := ""
	if kind == "scriptTask" {
		format = ` scriptFormat="feel"`
	}
	return fmt.Sprintf(`<%s id=%q%s>%s</%s>`, kind, id, format, body, kind)
}

var (
	flowTag = regexp.MustCompile(`<sequenceFlow id="([^"]+)" sourceRef="([^"]+)" targetRef="([^"]+)"`)
	openTag = regexp.MustCompile(`<(startEvent|endEvent|boundaryEvent|\w+Task|callActivity|subProcess|adHocSubProcess|\w+Gateway|intermediate\w+) id="([^"]+)"([^>]*?)(/?)>(<extensionElements>.*?</extensionElements>)?`)
)

// joined lists each node's flows in it, as the standard wants.
func joined(source string) string {
	if strings.Contains(source, "<outgoing>") {
		return source
	}
	in, out := map[string]string{}, map[string]string{}
	for _, f := range flowTag.FindAllStringSubmatch(source, -1) {
		out[f[2]] += "<outgoing>" + f[1] + "</outgoing>"
		in[f[3]] += "<incoming>" + f[1] + "</incoming>"
	}
	return openTag.ReplaceAllStringFunc(source, func(tag string) string {
		m := openTag.FindStringSubmatch(tag)
		end := ""
		if m[4] == "/" {
			end = "</" + m[1] + ">"
		}
		return "<" + m[1] + ` id="` + m[2] + `"` + m[3] + ">" + m[5] + in[m[2]] + out[m[2]] + end
	})
}

func compile(t testing.TB, source string) []byte {
	t.Helper()
	source = joined(source)
	model, _, err := compiler.Compile([]byte(source), compiler.Options{Tolerant: true})
	require.NoError(t, err, source)
	return model.Encode()
}

func (w *world) deploy(source string) common.Hash {
	w.T.Helper()
	return w.Must(seller, w.p, nil, "deploy", compile(w.T, source), common.Hash{1})[0].(common.Hash)
}

// vars are variables in the wire form, written in FEEL.
func vars(t testing.TB, text string) []byte {
	t.Helper()
	if text == "" {
		return []byte{}
	}
	expression, _, err := parser.Expression(text, parser.NewScope())
	require.NoError(t, err, text)
	m := feel.NewMachine(nil, feel.DefaultLimits, feel.DateTime{}.DateTime)
	data, err := wire.Encode(expression.Eval(m, feel.NewEnv(nil)), nil)
	require.NoError(t, err)
	return data
}

// begin is what a process is started with.
type begin struct {
	from      common.Address
	process   string
	roles     []process.Role
	variables string
	value     uint64
	deposit   uint64
}

func (w *world) inputs(model common.Hash, b begin) []any {
	if b.process == "" {
		b.process = "p"
	}
	if b.roles == nil {
		b.roles = []process.Role{}
	}
	return []any{model, b.process, b.roles, vars(w.T, b.variables), wei(b.deposit)}
}

func (w *world) start(model common.Hash, b begin) uint64 {
	w.T.Helper()
	return w.Must(b.from, w.p, wei(b.value+b.deposit), "start", w.inputs(model, b)...)[0].(uint64)
}

func (w *world) complete(from common.Address, id uint64, value uint64, variables string) {
	w.T.Helper()
	tasks := w.tasks(id)
	require.NotEmpty(w.T, tasks, "instance %d has no task", id)
	w.Must(from, w.p, wei(value), "complete", id, tasks[0].Token, vars(w.T, variables))
}

func (w *world) tasks(id uint64) []process.Task {
	w.T.Helper()
	return contracttest.View[[]process.Task](w.Chain, w.p, "tasksOf", id)
}

func (w *world) instance(id uint64) process.Instance {
	w.T.Helper()
	return contracttest.View[process.Instance](w.Chain, w.p, "instanceOf", id)
}

func (w *world) account(id uint64) common.Address {
	w.T.Helper()
	return contracttest.View[common.Address](w.Chain, w.p, "accountOf", id)
}

// value is a variable as FEEL text.
func (w *world) value(id uint64, name string) string {
	w.T.Helper()
	for _, v := range contracttest.View[[]process.Variable](w.Chain, w.p, "variablesOf", id) {
		if v.Name == name {
			value, err := wire.Decode(v.Value)
			require.NoError(w.T, err)
			return feel.Text(value)
		}
	}
	return ""
}

func (w *world) balance(account common.Address) uint64 { return w.DB.GetBalance(account).Uint64() }

// work makes the calls that the chain makes at a block's end, and tells how many.
func (w *world) work() (calls int) {
	w.T.Helper()
	for ; ; calls++ {
		data, gas, due := w.p.Due(w.Open(w.p).View())
		if !due {
			return calls
		}
		result := w.Do(contracttest.Call{From: system, To: at, Data: data, Gas: gas})
		require.NoError(w.T, result.Err, "%s", w.Reason(w.p, result))
		require.Less(w.T, calls, 100_000)
	}
}

// pass lets time go by and the chain do what is due.
func (w *world) pass(seconds uint64) int {
	w.Advance(1, seconds)
	return w.work()
}

func roles(pairs ...any) (list []process.Role) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, process.Role{Role: pairs[i].(string), Account: pairs[i+1].(common.Address)})
	}
	return list
}

// saleSource is a sale with a deadline and an arbiter.
func saleSource(t testing.TB) string {
	data, err := os.ReadFile("testdata/sale.bpmn")
	require.NoError(t, err)
	return string(data)
}

// number is a number from the environment, or another one; short tests take a
// tenth of it.
func number(t *testing.T, variable string, otherwise int) (n int) {
	t.Helper()
	if s := os.Getenv(variable); s != "" {
		_, err := fmt.Sscan(s, &n)
		require.NoError(t, err)
		return n
	}
	if testing.Short() {
		return otherwise / 10
	}
	return otherwise
}

func replaceOnce(s, old, by string) string { return strings.Replace(s, old, by, 1) }
