package process_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
)

// started is a process that begins by an event and takes n from it.
func started(definition string) string {
	return source(`<message id="m" name="order"/><signal id="s" name="alarm"/>`, flowOf("p",
		element("startEvent", "begin", definition, `<cm:output source="=n" target="n"/>`), user("task", "worker", `<cm:output source="=n" target="n"/>`),
		`<endEvent id="end"/>`, flow("f1", "begin", "task"), flow("f2", "task", "end")))
}

func (w *world) listen(model common.Hash, deposit, each uint64) uint64 {
	w.T.Helper()
	return w.Must(seller, w.p, wei(deposit), "listen", model, "p", "begin", roles("worker", arbiter), wei(each))[0].(uint64)
}

func TestMessageStartsAnInstance(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(started(`<messageEventDefinition messageRef="m"/>`))
	w.Fails(buyer, w.p, nil, "NoReceiver", "correlate", "order", "", []byte{})
	listener := w.listen(model, 100, 40)
	require.Equal(t, uint8(5), w.instance(listener).Status)
	w.Fails(buyer, w.p, nil, "BadVariable[worker]", "correlate", "order", "7", vars(t, `{worker: "me"}`))
	w.Fails(buyer, w.p, nil, "BadVariable[x]", "correlate", "order", "7", vars(t, `{x: 1}`))
	w.Fails(buyer, w.p, wei(5), "NoReceiver", "deliver", listener, "another", "7", []byte{})
	for i, deposit := range []uint64{40, 40, 20, 0} {
		id := w.Must(buyer, w.p, wei(5), "deliver", listener, "order", "7", vars(t, `{n: 3}`))[0].(uint64)
		v := w.instance(id)
		require.Equal(t, listener+1+uint64(i), id)
		require.Equal(t, seller, v.Starter)
		require.Equal(t, deposit, v.DepositWei.Uint64(), "while there is that much")
		require.Equal(t, uint64(5), v.BalanceWei.Uint64())
		require.Equal(t, "3", w.value(id, "n"))
		require.Equal(t, arbiter, w.tasks(id)[0].Account)
	}
	for _, method := range []string{"cancel", "fund"} {
		w.Fails(seller, w.p, nil, "NotRunning", method, listener)
	}
	w.Fails(seller, w.p, nil, "NotAllowed", "sweep", listener, common.Address{})
	w.Fails(buyer, w.p, nil, "NotAllowed", "unlisten", listener)
	w.Must(stranger, w.p, wei(7), "topUp", listener)
	before := w.balance(seller)
	w.Must(seller, w.p, nil, "unlisten", listener)
	require.Equal(t, before+7, w.balance(seller))
	w.Fails(seller, w.p, nil, "NotRunning", "unlisten", listener)
	w.Fails(buyer, w.p, nil, "NoReceiver", "correlate", "order", "7", []byte{})
	w.Fails(buyer, w.p, nil, "NotRunning", "deliver", listener, "order", "7", []byte{})
}

func TestSignalStartsAnInstance(t *testing.T) {
	w := newWorld(t)
	listener := w.listen(w.deploy(started(`<signalEventDefinition signalRef="s"/>`)), 0, 0)
	w.Must(buyer, w.p, nil, "signal", "alarm", vars(t, `{n: 4, worker: "me"}`), uint64(0), uint32(10))
	require.Equal(t, "4", w.value(listener+1, "n"))
	require.Equal(t, arbiter, w.tasks(listener + 1)[0].Account)
}

func TestTimerStartsInstances(t *testing.T) {
	w := newWorld(t)
	listener := w.listen(w.deploy(started(`<timerEventDefinition><timeCycle xsi:type="tFormalExpression">R3/PT1H</timeCycle></timerEventDefinition>`)), 4*enough, 10)
	require.Equal(t, w.Time+3600, w.instance(listener).NextTimer)
	require.Equal(t, 1, w.pass(3600))
	require.Equal(t, 2, w.pass(7200))
	require.Len(t, w.tasks(listener+3), 1)
	require.Equal(t, uint8(4), w.instance(listener).Status, "it has come for the last time")
	require.Equal(t, uint64(30), w.balance(at))
	require.Zero(t, w.pass(1_000_000))

	poor := w.listen(w.deploy(started(`<timerEventDefinition><timeCycle xsi:type="tFormalExpression">R/PT1H</timeCycle></timerEventDefinition>`)), 5, 1)
	require.Equal(t, 1, w.pass(3600))
	require.True(t, w.instance(poor).TimersStopped)
	w.Must(seller, w.p, nil, "unlisten", poor)
}

func TestListenIsRefused(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(started(`<messageEventDefinition messageRef="m"/>`))
	w.Fails(seller, w.p, nil, "RoleUnbound", "listen", model, "p", "begin", roles(), wei(0))
	w.Fails(seller, w.p, nil, "NotAStart", "listen", model, "p", "task", roles("worker", buyer), wei(0))
	w.Fails(seller, w.p, nil, "NotAStart", "listen", w.deploy(oneTask()), "p", "start", roles(), wei(0))
	w.Fails(seller, w.p, nil, "NotAStart", "listen", w.deploy(oneTask()), "p", "", roles(), wei(0))
}
