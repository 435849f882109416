package process_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

// message declares a message with its correlation key.
func message(id, name, key string) string {
	return fmt.Sprintf(`<message id=%q name=%q><extensionElements><cm:subscription key="%s"/></extensionElements></message>`, id, name, key)
}

// waiter waits for the message m, takes n from it and then for a task.
func waiter(key string) string {
	return source(message("m", "order", key), chainOf("p", []string{"catch", "task"},
		element("intermediateCatchEvent", "catch", `<messageEventDefinition messageRef="m"/>`, `<cm:output source="=n" target="got"/>`, `<cm:output source="=caller" target="who"/>`),
		user("task", "", `<cm:output source="=got" target="got"/>`, `<cm:output source="=who" target="who"/>`)))
}

func (w *world) waiting(name, key string, signal bool) []uint64 {
	w.T.Helper()
	return contracttest.View[[]uint64](w.Chain, w.p, "waitingFor", name, key, signal, uint64(0), uint32(100))
}

func TestMessageGoesToTheKey(t *testing.T) {
	w := newWorld(t)
	model := w.deploy(waiter("=k"))
	one := w.start(model, begin{from: buyer, variables: `{k: "one"}`})
	two := w.start(model, begin{from: buyer, variables: `{k: 2}`})
	again := w.start(model, begin{from: buyer, variables: `{k: "one"}`})
	require.Equal(t, []uint64{one, again}, w.waiting("order", "one", false))
	w.Fails(buyer, w.p, nil, "NoReceiver", "correlate", "order", "three", []byte{})
	w.Fails(buyer, w.p, nil, "NoReceiver", "correlate", "invoice", "one", []byte{})
	w.Fails(buyer, w.p, nil, "BadVariables", "correlate", "order", "one", []byte{1})
	require.Equal(t, two, w.Must(stranger, w.p, nil, "correlate", "order", "2", vars(t, `{n: 5}`))[0])
	require.Equal(t, "5", w.value(two, "got"))
	require.Equal(t, fmt.Sprintf("%q", text(stranger)), w.value(two, "who"))
	require.Equal(t, one, w.Must(stranger, w.p, nil, "correlate", "order", "one", vars(t, `{n: 1}`))[0], "the first that was started")
	w.Fails(stranger, w.p, wei(7), "NoReceiver", "deliver", one, "order", "one", []byte{})
	w.Fails(stranger, w.p, wei(7), "NoReceiver", "deliver", again, "order", "two", []byte{})
	require.Equal(t, again, w.Must(stranger, w.p, wei(7), "deliver", again, "order", "one", []byte{})[0])
	require.Equal(t, uint64(7), w.balance(w.account(again)))
	require.Empty(t, w.waiting("order", "one", false))
}

func TestKeyOfAnAddressIsForThatAddress(t *testing.T) {
	w := newWorld(t)
	id := w.start(w.deploy(waiter("=from + &quot;/7&quot;")), begin{from: buyer, variables: fmt.Sprintf(`{from: %q}`, text(seller))})
	key := text(seller) + "/7"
	w.Fails(stranger, w.p, nil, "NotSender", "correlate", "order", key, []byte{})
	require.Equal(t, id, w.Must(seller, w.p, nil, "correlate", "order", key, []byte{})[0])
}

// thrower sends the message m, or the signal s, with n.
func thrower(definition string) string {
	return chainOf("t", []string{"throw"}, element("intermediateThrowEvent", "throw", definition, `<cm:input source="=n" target="n"/>`))
}

func TestInstanceSendsToInstance(t *testing.T) {
	w := newWorld(t)
	receiver := w.deploy(waiter("=k"))
	sender := w.deploy(source(message("m", "order", "=k"), thrower(`<messageEventDefinition messageRef="m"/>`)))
	send := func(key string) contracttest.Result {
		return w.Try(seller, w.p, nil, "start", w.inputs(sender, begin{process: "t", variables: fmt.Sprintf(`{k: %q, n: 3}`, key)})...)
	}
	id := w.start(receiver, begin{from: buyer, variables: `{k: "a"}`})
	require.NoError(t, send("a").Err)
	require.Equal(t, "3", w.value(id, "got"))
	require.Len(t, w.Events(w.p, send("a"), "Undelivered"), 1, "nobody waits any more")

	// A receiver that cannot take it does the sender no harm.
	strict := w.deploy(source(message("m", "order", "=k"), chainOf("p", []string{"catch", "see"},
		element("intermediateCatchEvent", "catch", `<messageEventDefinition messageRef="m"/>`), user("see", "", `<cm:output source="=n" target="k"/>`))))
	id = w.start(strict, begin{from: buyer, variables: `{k: "b"}`})
	require.Len(t, w.Events(w.p, send("b"), "Undelivered"), 1)
	require.Equal(t, []uint64{id}, w.waiting("order", "b", false))

	// An instance sends as its own account.
	started := contracttest.View[uint64](w.Chain, w.p, "counts")
	key := text(w.account(started + 2))
	id = w.start(receiver, begin{from: buyer, variables: fmt.Sprintf(`{k: %q}`, key)})
	require.Empty(t, w.Events(w.p, send(key), "Undelivered"))
	require.Equal(t, "3", w.value(id, "got"))
}

// listener waits for the signal s while its task is open and counts.
func listener() string {
	return source(`<signal id="s" name="alarm"/>`, chainOf("p", []string{"task"}, user("task", ""),
		element("boundaryEvent", "b", `<signalEventDefinition signalRef="s"/>`, `<cm:output source="=n" target="got"/>`), user("after", "", `<cm:output source="=got" target="got"/>`), flow("g1", "b", "after"), flow("g2", "after", "over"), `<endEvent id="over"/>`))
}

func (w *world) listeners(n int) (ids []uint64) {
	source := listener()
	model := w.deploy(replaceOnce(source, `<boundaryEvent id="b"`, `<boundaryEvent id="b" attachedToRef="task"`))
	for range n {
		ids = append(ids, w.start(model, begin{from: buyer}))
	}
	return ids
}

func TestSignalReachesAllInPages(t *testing.T) {
	w := newWorld(t)
	ids := w.listeners(20)
	data := vars(t, `{n: 4}`)
	next := w.Must(stranger, w.p, nil, "signal", "alarm", data, uint64(0), uint32(12))[0]
	require.Equal(t, ids[12], next)
	require.Zero(t, w.Must(stranger, w.p, nil, "signal", "alarm", data, next, uint32(100))[0])
	for _, id := range ids {
		require.Equal(t, "4", w.value(id, "got"))
		require.Equal(t, "after", w.tasks(id)[0].ID)
	}
	require.Empty(t, w.waiting("alarm", "", true))
	w.Fails(stranger, w.p, nil, "NotSender", "signal", text(seller)+"!", []byte{}, uint64(0), uint32(1))
}

func TestThrownSignalIsCarriedOn(t *testing.T) {
	w := newWorld(t)
	ids := w.listeners(21)
	model := w.deploy(source(`<signal id="s" name="alarm"/>`, thrower(`<signalEventDefinition signalRef="s"/>`)))
	result := w.Try(seller, w.p, nil, "start", w.inputs(model, begin{process: "t", variables: `{n: 9}`})...)
	require.NoError(t, result.Err, w.Reason(w.p, result))
	number := w.Events(w.p, result, "Signaled")[0]["broadcast"].(uint64)
	require.Equal(t, uint64(1), number)
	require.Len(t, w.waiting("alarm", "", true), 13, "eight at once")
	late := w.listeners(1)[0]
	require.Equal(t, false, w.Must(stranger, w.p, nil, "carry", number, uint32(5))[0])
	require.Equal(t, true, w.Must(stranger, w.p, nil, "carry", number, uint32(100))[0])
	require.Equal(t, []uint64{late}, w.waiting("alarm", "", true), "who came later is not meant")
	require.Equal(t, "9", w.value(ids[20], "got"))
	w.Fails(stranger, w.p, nil, "UnknownBroadcast", "carry", number, uint32(5))
}
