package process_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/middleware/process"
)

const saleDeposit = 100_000_000

func sale(w *world) (model common.Hash, id uint64) {
	model = w.deploy(saleSource(w.T))
	id = w.start(model, begin{
		from: buyer, process: "sale", roles: roles("buyer", buyer, "seller", seller, "arbiter", arbiter),
		variables: `{price: 1000}`, value: 1000, deposit: saleDeposit,
	})
	return model, id
}

func TestSaleGoesWell(t *testing.T) {
	w := newWorld(t)
	model, id := sale(w)
	v := w.instance(id)
	require.Equal(t, model, v.Model)
	require.Equal(t, "sale", v.Process)
	require.Equal(t, uint64(1000), v.BalanceWei.Uint64())
	require.Equal(t, uint64(saleDeposit), v.DepositWei.Uint64())
	require.Equal(t, w.Time+7*86_400, v.NextTimer)
	require.Equal(t, uint64(1000), w.balance(w.account(id)))
	require.Equal(t, uint64(saleDeposit), w.balance(at))

	tasks, next := w.tasksFor(seller)
	require.Zero(t, next)
	require.Len(t, tasks, 1)
	require.Equal(t, "ship", tasks[0].ID)
	require.Equal(t, "seller", tasks[0].Role)
	w.Fails(buyer, w.p, nil, "NotAllowed", "complete", id, tasks[0].Token, []byte{})
	w.Fails(seller, w.p, nil, "BadVariable[price]", "complete", id, tasks[0].Token, vars(t, `{price: 1}`))
	before := w.balance(seller)
	w.complete(seller, id, 0, "")
	tasks, _ = w.tasksFor(seller)
	require.Empty(t, tasks)
	w.complete(buyer, id, 0, `{complaint: false}`)
	require.Equal(t, before+1000, w.balance(seller))
	v = w.instance(id)
	require.Equal(t, uint8(1), v.Status)
	require.Equal(t, buyer, v.RemainderTo)
	require.Zero(t, w.balance(at), "the deposit went back")
	require.Equal(t, uint64(1e18-1000), w.balance(buyer))
	w.Fails(seller, w.p, nil, "NotRunning", "complete", id, uint32(2), []byte{})
}

func TestSaleIsRefundedWhenNothingIsShipped(t *testing.T) {
	w := newWorld(t)
	_, id := sale(w)
	require.Zero(t, w.pass(7*86_400-1))
	require.Equal(t, 1, w.pass(1))
	require.Equal(t, uint8(1), w.instance(id).Status)
	fee := w.balance(collector)
	require.NotZero(t, fee)
	require.Equal(t, 1e18-fee, w.balance(buyer), "all but the fee is back")
	require.Zero(t, w.balance(at))
	require.Zero(t, w.pass(100_000_000))
}

func TestSaleIsJudged(t *testing.T) {
	for refunded, to := range map[string]common.Address{"true": buyer, "false": seller} {
		w := newWorld(t)
		_, id := sale(w)
		w.complete(seller, id, 0, "")
		w.complete(buyer, id, 0, `{complaint: true}`)
		before := w.balance(to)
		w.complete(arbiter, id, 0, `{refunded: `+refunded+`}`)
		require.GreaterOrEqual(t, w.balance(to), before+1000)
		require.Equal(t, uint8(1), w.instance(id).Status)
	}
}

func (w *world) tasksFor(account common.Address) ([]process.Task, uint64) {
	w.T.Helper()
	out := w.Must(stranger, w.p, nil, "tasksFor", account, uint64(0), uint32(100))
	return out[0].([]process.Task), out[1].(uint64)
}
