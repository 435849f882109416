package schedule_test

import (
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/protocol/schedule"
)

// TestTheBalanceIsWhatTheCallsHold does random operations and holds the contract
// to its books after each. SCHEDULE_OPERATIONS sets how many.
func TestTheBalanceIsWhatTheCallsHold(t *testing.T) {
	operations := 1000
	if n, err := strconv.Atoi(os.Getenv("SCHEDULE_OPERATIONS")); err == nil {
		operations = n
	}
	s, c := newSchedule(t)
	random := rand.New(rand.NewSource(5))
	again := common.HexToAddress("0xa6a14") // schedules another call each time
	c.Deploy(again, calling(address, c.Pack(s, "schedule", order{target: counter, gasLimit: 50_000}.inputs()...), wei(3e15), byte(vm.STOP)))
	c.Fund(again, new(uint256.Int).Mul(wei(1e18), wei(1e9)))
	targets := []common.Address{counter, refuser, burner, broken, again, bob}
	owners := []common.Address{alice, bob, governance}
	last, ran := uint64(0), 0
	for i := range operations {
		owner, id := owners[random.Intn(3)], 1+uint64(random.Int63n(int64(last)+1))
		switch random.Intn(9) {
		case 0, 1, 2:
			o := order{
				target: targets[random.Intn(len(targets))], data: make([]byte, random.Intn(100)),
				valueWei: uint64(random.Intn(1000)), gasLimit: uint64(random.Intn(400_000)),
			}
			switch random.Intn(3) {
			case 0:
				o.time = c.Time + uint64(random.Intn(300))
			case 1:
				o.height = c.Number + uint64(random.Intn(60))
			}
			o.depositWei = o.deposit(c, s).Uint64() / uint64(1+random.Intn(2)) // some just suffices
			last = put(c, s, owner, o)
		case 3:
			c.Try(owner, s, nil, "cancel", id)
		case 4:
			c.Try(owner, s, wei(uint64(random.Int63n(1e15))), "retry", id, uint64(random.Intn(100_000)))
		case 5:
			c.Try(owner, s, wei(uint64(random.Int63n(1e14))), "topUp", id)
		case 6:
			c.BaseFeeWei = 1 + uint64(random.Int63n(3e9))
		default:
			c.Advance(1, uint64(random.Intn(8)))
			for range 3 {
				if result, _, ok := work(c, s); ok {
					ran += len(c.Events(s, result, "Ran"))
				}
			}
		}
		books(t, c, s, owners, i)
	}
	require.Greater(t, ran, operations/20)
}

// books compares the contract's balance, queues and lists with its calls.
func books(t *testing.T, c *contracttest.Chain, s *schedule.Schedule, owners []common.Address, step int) {
	t.Helper()
	g := s.Export(c.Open(s))
	require.Equal(t, g.FundsWei(), c.DB.GetBalance(address), "step %d", step)
	counts := c.Must(alice, s, nil, "counts")
	require.EqualValues(t, len(g.Calls), counts[0].(uint64)+counts[1].(uint64)+counts[2].(uint64))
	if step%50 != 0 {
		return
	}
	listed := 0
	for _, owner := range append(owners, common.HexToAddress("0xa6a14")) {
		for cursor := uint64(0); ; {
			page := c.Must(alice, s, nil, "callsOf", owner, cursor, uint64(7))
			listed += reflect.ValueOf(page[0]).Len()
			if cursor = page[1].(uint64); cursor == 0 {
				break
			}
		}
	}
	require.Equal(t, len(g.Calls), listed, "every call is in its owner's list, once")
}

// backlog is a chain on which n calls are due at once.
func backlog(t testing.TB, n uint64) (*schedule.Schedule, *contracttest.Chain) {
	s := schedule.New(address, governance, collector)
	_, c := newSchedule(t)
	g := schedule.Genesis{Parameters: schedule.Defaults()}
	for id := uint64(1); id <= n; id++ {
		target := counter
		if id%10 == 0 {
			target = refuser
		}
		g.Calls = append(g.Calls, schedule.GenesisCall{
			ID: id, Owner: common.Address{1, byte(id % 100)}, Target: target, ValueWei: wei(1), DepositWei: wei(1e17),
			GasLimit: 100_000, NotBeforeTime: start + id%7,
		})
	}
	c.Fund(address, g.FundsWei())
	require.NoError(t, s.Begin(c.Open(s), g))
	c.DB.Finalise(true)
	c.DB.IntermediateRoot(true)
	c.Advance(1, 7)
	return s, c
}

// drain makes due calls as one block does, and gives how many and the gas.
func drain(c *contracttest.Chain, s *schedule.Schedule, budget uint64) (calls int, gas uint64) {
	for {
		_, limit, due := s.Due(c.Open(s).View())
		if !due || gas+limit > budget {
			return calls, gas
		}
		result, _, _ := work(c, s)
		gas += result.GasUsed
		calls++
	}
}

// TestManyDueAtOnce drains 10^4 calls that are all due, or SCHEDULE_DUE, block
// by block under the budget. Every block makes about as many as any other.
func TestManyDueAtOnce(t *testing.T) {
	const budget = 100_000_000
	n := 10_000
	if due, err := strconv.Atoi(os.Getenv("SCHEDULE_DUE")); err == nil {
		n = due
	}
	s, c := backlog(t, uint64(n))
	var blocks, most, sum int
	least := n
	for sum < n {
		calls, gas := drain(c, s, budget)
		require.Positive(t, calls, "a block has made none; %d are done", sum)
		require.LessOrEqual(t, gas, uint64(budget))
		blocks++
		sum += calls
		most = max(most, calls)
		if sum < n { // the last block has only the rest
			least = min(least, calls)
		}
		c.Advance(1, 1)
	}
	t.Logf("%d calls in %d blocks, %d to %d a block", sum, blocks, least, most)
	require.Less(t, float64(most), 1.5*float64(least))
	require.Equal(t, []any{uint64(0), uint64(0), uint64(n / 10)}, c.Must(alice, s, nil, "counts"))
	require.EqualValues(t, n-n/10, slot(c, counter, 0).Uint64())
	require.Equal(t, s.Export(c.Open(s)).FundsWei(), c.DB.GetBalance(address))
}

// TestTheWorstCallFitsItsGas fails the largest call there can be, with the
// longest reason, while many wait and many have failed: the transaction's gas
// limit must suffice.
func TestTheWorstCallFitsItsGas(t *testing.T) {
	for _, waiting := range []uint64{0, 1, 2, 100, 5000} {
		for _, bytes := range []int{0, 31, 32, 4096} {
			s, c := backlog(t, waiting)
			for range waiting / 10 {
				work(c, s)
			}
			c.Advance(1, 100)
			nobody := common.HexToAddress("0xdead0000") // an account that does not exist
			o := order{target: refuser, data: make([]byte, bytes), valueWei: 1, gasLimit: 30_000, height: c.Number}
			for i := range o.data {
				o.data[i] = 0xff
			}
			c.Fund(nobody, new(uint256.Int).Mul(wei(1e18), wei(10)))
			put(c, s, nobody, o)
			put(c, s, nobody, o)
			for {
				result, limit, ok := work(c, s)
				if !ok {
					break
				}
				require.Less(t, result.GasUsed, limit, "%d waiting, %d bytes", waiting, bytes)
			}
		}
	}
}

func BenchmarkRun(b *testing.B) {
	for _, n := range []uint64{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, c := backlog(b, n+uint64(b.N))
			b.ResetTimer()
			gas := uint64(0)
			for range b.N {
				result, _, _ := work(c, s)
				gas += result.GasUsed
			}
			b.ReportMetric(float64(gas)/float64(b.N), "gas/op")
		})
	}
}

// BenchmarkDue with nothing due: what every block pays.
func BenchmarkDue(b *testing.B) {
	s, c := backlog(b, 10_000)
	c.Time = start - 1
	ctx := c.Open(s).View()
	for b.Loop() {
		if _, _, ok := s.Due(ctx); ok {
			b.Fatal("nothing is due")
		}
	}
}
