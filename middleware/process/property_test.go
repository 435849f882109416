package process_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/middleware/process"
)

// player makes random calls.
type player struct {
	*world
	rand   *rand.Rand
	models []common.Hash
	begins []begin
	coins  *uint256.Int
	people []common.Address
	done   map[string]int
}

func newPlayer(t testing.TB, seed uint64) *player {
	w := newWorld(t)
	p := &player{world: w, rand: rand.New(rand.NewPCG(seed, 1)), coins: new(uint256.Int), people: []common.Address{seller, buyer, arbiter, stranger}, done: map[string]int{}}
	all := roles("worker", seller, "administrator", arbiter)
	w.Must(seller, w.p, nil, "publish", "child", w.deploy(called()))
	for _, each := range []struct {
		source string
		b      begin
	}{
		{oneTask(), begin{}},
		{timed("1"), begin{roles: all, value: 5}},
		{never(everything()), begin{roles: all, variables: `{n: 1, k: "key"}`, value: 3}},
		{waiter("=k"), begin{variables: `{k: "a"}`}},
		{source(message("m", "order", "=k"), thrower(`<messageEventDefinition messageRef="m"/>`)), begin{process: "t", variables: `{k: "a", n: 1}`}},
		{replaceOnce(listener(), `<boundaryEvent id="b"`, `<boundaryEvent id="b" attachedToRef="task"`), begin{}},
		{source(`<signal id="s" name="alarm"/>`, thrower(`<signalEventDefinition signalRef="s"/>`)), begin{process: "t", variables: `{n: 9}`}},
		{replaceOnce(caller("child"), `<userTask id="repair"></userTask>`, `<userTask id="repair"><extensionElements><cm:role name="worker"/></extensionElements></userTask>`), begin{roles: all}},
		{packing(), begin{roles: roles("worker", everybody, "administrator", arbiter)}},
		{source(flowWithRemainder()), begin{roles: all, value: 4}},
		{started(`<messageEventDefinition messageRef="m"/>`), begin{process: "begin"}},
		{started(`<signalEventDefinition signalRef="s"/>`), begin{process: "begin"}},
		{started(`<timerEventDefinition><timeCycle xsi:type="tFormalExpression">R3/PT1H</timeCycle></timerEventDefinition>`), begin{process: "begin"}},
	} {
		p.models = append(p.models, w.deploy(each.source))
		p.begins = append(p.begins, each.b)
	}
	for _, account := range p.people {
		p.coins.Add(p.coins, w.DB.GetBalance(account))
	}
	return p
}

func (p *player) started() uint64 { return contracttest.View[uint64](p.Chain, p.p, "counts") }

// play makes one call, which may be refused.
func (p *player) play() {
	from := p.people[p.rand.IntN(len(p.people))]
	id := uint64(1)
	if n := p.started(); n > 0 {
		id = 1 + p.rand.Uint64N(n)
	}
	token := uint32(p.rand.IntN(24))
	if id <= p.started() && p.started() > 0 {
		if tasks := p.tasks(id); len(tasks) > 0 && p.rand.IntN(4) > 0 {
			task := tasks[p.rand.IntN(len(tasks))]
			token = task.Token
			if task.Account != everybody && p.rand.IntN(4) > 0 {
				from = task.Account
			}
		}
	}
	value := p.rand.Uint64N(20)
	call := func(value uint64, method string, inputs ...any) {
		if result := p.Try(from, p.p, wei(value), method, inputs...); result.Err == nil {
			p.done[method]++
		}
	}
	none := []byte{}
	switch p.rand.IntN(24) {
	case 0, 1, 2, 3, 4:
		i := p.rand.IntN(len(p.models))
		b := p.begins[i]
		b.deposit = []uint64{0, 50, enough}[p.rand.IntN(3)]
		if b.process == "begin" {
			call(b.deposit, "listen", p.models[i], "p", "begin", roles("worker", buyer), wei(10))
			return
		}
		call(b.value+b.deposit, "start", p.inputs(p.models[i], b)...)
	case 5, 6, 7, 8, 9, 10:
		call(value, "complete", id, token, none)
	case 11:
		call(0, "throwError", id, token, []string{"broken", "other"}[p.rand.IntN(2)], none)
	case 12:
		call(0, "escalate", id, token, "slow", none)
	case 13:
		call(0, "activateJob", id, token, uint32(100))
	case 14:
		call(0, "failJob", id, token, "no")
	case 15:
		if key := []string{"a", "key"}[p.rand.IntN(2)]; value == 0 {
			call(0, "correlate", "order", key, none)
		} else {
			call(value, "deliver", id, "order", key, none)
		}
	case 16:
		call(0, "signal", "alarm", none, uint64(0), uint32(p.rand.IntN(5)))
	case 17:
		call(0, "carry", uint64(1+p.rand.IntN(4)), uint32(5))
	case 18:
		from = arbiter
		call(0, "cancel", id)
	case 19:
		call(0, "retry", id, []uint32{0, token}[p.rand.IntN(2)], none)
	case 20:
		call(value, "fund", id)
		call(value, "topUp", id)
	case 21:
		call(0, "sweep", id, common.Address{})
		call(0, "unlisten", id)
	case 22:
		from = arbiter
		if id <= p.started() {
			call(0, "migrate", id, p.instance(id).Model, []process.Move{})
		}
	case 23:
		p.done["run"] += p.pass(p.rand.Uint64N(2000))
	}
}

// check compares everything that follows from the instances with what the
// contract says, and the coins with those there were.
func (p *player) check() {
	sum, deposits, timers := new(uint256.Int), new(uint256.Int), uint64(0)
	for _, account := range append([]common.Address{at, collector}, p.people...) {
		sum.Add(sum, p.DB.GetBalance(account))
	}
	tasks, listed := map[string]bool{}, map[string]bool{}
	waits := map[string][]uint64{}
	for id := uint64(1); id <= p.started(); id++ {
		v := p.instance(id)
		sum.Add(sum, v.BalanceWei)
		deposits.Add(deposits, v.DepositWei)
		if v.Status == 5 { // a listener
			if v.NextTimer != 0 {
				timers++
			}
			if model := slices.Index(p.models, v.Model); model == len(p.models)-2 {
				waits["2alarm"] = append(waits["2alarm"], id)
			}
			continue
		}
		if v.Status != 0 {
			require.Zero(p.T, v.DepositWei.Uint64())
			require.NotZero(p.T, v.RemainderTo)
		}
		if v.NextTimer != 0 {
			timers++
		}
		for _, task := range p.tasks(id) {
			tasks[fmt.Sprint(task.Account, task.Job, task.Instance, task.Token)] = true
		}
		_, list := p.state(id)
		for _, wait := range list {
			if key := fmt.Sprint(wait.Kind, wait.Name, wait.Key); wait.Name != "" && !slices.Contains(waits[key], id) {
				waits[key] = append(waits[key], id)
			}
		}
	}
	require.Equal(p.T, p.coins.Dec(), sum.Dec(), "coins")
	require.Equal(p.T, deposits.Dec(), p.DB.GetBalance(at).Dec(), "deposits")
	require.Equal(p.T, timers, p.Must(stranger, p.p, nil, "counts")[1])
	for _, account := range append([]common.Address{everybody}, p.people...) {
		p.walk(listed, "tasksFor", account)
	}
	p.walk(listed, "jobs", "pack")
	require.Equal(p.T, tasks, listed, "tasks by account and jobs by type")
	for _, of := range []struct {
		name, key string
		signal    bool
	}{{"order", "a", false}, {"order", "key", false}, {"alarm", "", true}} {
		kind := uint8(0)
		if of.signal {
			kind = 2
		}
		var all []uint64
		for cursor := uint64(0); ; {
			page := contracttest.View[[]uint64](p.Chain, p.p, "waitingFor", of.name, of.key, of.signal, cursor, uint32(7))
			if len(page) == 0 {
				break
			}
			all, cursor = append(all, page...), page[len(page)-1]+1
		}
		require.Equal(p.T, waits[fmt.Sprint(kind, of.name, of.key)], all, of.name+of.key)
	}
}

// walk goes through the pages of a list of tasks.
func (p *player) walk(into map[string]bool, method string, of any) {
	for cursor, last := uint64(0), uint64(0); ; {
		out := p.Must(stranger, p.p, nil, method, of, cursor, uint32(3))
		for _, task := range out[0].([]process.Task) {
			require.GreaterOrEqual(p.T, task.Instance, last)
			last = task.Instance
			into[fmt.Sprint(task.Account, task.Job, task.Instance, task.Token)] = true
		}
		if cursor = out[1].(uint64); cursor == 0 {
			return
		}
	}
}

// again is a chain that goes on from the exported state.
func (p *player) again() {
	genesis := p.p.Export(p.Open(p.p).View())
	data, err := json.Marshal(genesis)
	require.NoError(p.T, err)
	var read process.Genesis
	require.NoError(p.T, json.Unmarshal(data, &read))
	other := newWorld(p.T)
	if deposits := p.DB.GetBalance(at); !deposits.IsZero() {
		require.ErrorContains(p.T, contract.Run(newWorld(p.T).Open(other.p), func(ctx *contract.Context) error { return other.p.Begin(ctx, read) }), "deposits come to")
		other.Fund(at, deposits)
	}
	require.NoError(p.T, contract.Run(other.Open(other.p), func(ctx *contract.Context) error { return other.p.Begin(ctx, read) }))
	other.DB.Finalise(true)
	require.Equal(p.T, genesis, other.p.Export(other.Open(other.p).View()))
	for _, account := range p.people {
		mine, _ := p.tasksFor(account)
		theirs, _ := other.tasksFor(account)
		require.Equal(p.T, mine, theirs)
	}
	mine, theirs := p.Must(stranger, p.p, nil, "counts"), other.Must(stranger, other.p, nil, "counts")
	require.Equal(p.T, mine, theirs)
}

func TestRandomCalls(t *testing.T) {
	for seed := range uint64(number(t, "PROCESS_SEEDS", 20)) {
		p := newPlayer(t, seed)
		for n := range 150 {
			p.play()
			if n%10 == 9 {
				p.check()
			}
		}
		p.again()
		if seed == 0 {
			t.Log(p.done)
		}
	}
}
