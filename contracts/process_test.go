package contracts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/middleware/process"
	bpmn "github.com/cybermiles/cybermiles/middleware/process/engine/bpmn/compiler"
	dmn "github.com/cybermiles/cybermiles/middleware/rules/engine/dmn/compiler"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
	"github.com/cybermiles/cybermiles/middleware/rules/wire"
)

// feeDecision decides a fee of a tenth.
const feeDecision = `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="shop" namespace="urn:shop">
<inputData id="i" name="price"><variable name="price" typeRef="number"/></inputData>
<decision id="fee" name="fee"><variable name="fee" typeRef="number"/><informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>price / 10</text></literalExpression></decision></definitions>`

// sold asks the decision, waits for the seller for an hour, and pays the seller
// without the fee, or the buyer all.
const sold = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cm="urn:cybermiles:process:1" id="d" targetNamespace="urn:shop">
<process id="sale" isExecutable="true">
<startEvent id="start"><outgoing>f1</outgoing></startEvent><sequenceFlow id="f1" sourceRef="start" targetRef="decide"/>
<businessRuleTask id="decide"><extensionElements><cm:decision ref="%s#fee" result="fee"/><cm:input source="=price" target="price"/></extensionElements><incoming>f1</incoming><outgoing>f2</outgoing></businessRuleTask>
<sequenceFlow id="f2" sourceRef="decide" targetRef="ship"/>
<userTask id="ship"><extensionElements><cm:role name="seller"/><cm:pay to="=seller" amount="=price - fee"/></extensionElements><incoming>f2</incoming><outgoing>f3</outgoing></userTask>
<boundaryEvent id="late" attachedToRef="ship"><outgoing>f4</outgoing><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f3" sourceRef="ship" targetRef="end"/><sequenceFlow id="f4" sourceRef="late" targetRef="over"/>
<endEvent id="end"><incoming>f3</incoming></endEvent><endEvent id="over"><incoming>f4</incoming></endEvent>
</process></definitions>`

// TestProcessesDecideAndKeepDeadlines runs processes in whole blocks: the rules
// contract decides, and deadlines fire at a block's end.
func TestProcessesDecideAndKeepDeadlines(t *testing.T) {
	for _, ref := range []string{"shop", "shop@1", "hash"} {
		w := newWorld(t)
		decisions, _, err := dmn.Compile(dmn.Options{}, dmn.Source{Name: "shop.dmn", XML: []byte(feeDecision)})
		require.NoError(t, err)
		w.must(w.call(5, "rules", nil, "deploy", decisions.Encode()))
		model := w.deployed("rules")
		w.must(w.call(5, "rules", nil, "publish", "shop", model))
		if ref == "hash" {
			ref = model.Hex()
		}
		definition, _, err := bpmn.Compile([]byte(fmt.Sprintf(sold, ref)), bpmn.Options{})
		require.NoError(t, err)
		w.must(w.call(5, "process", nil, "deploy", definition.Encode(), common.Hash{1}))
		variables, err := wire.Encode(feel.NewContext(feel.Entry{Key: "price", Value: feel.Int(1000)}), nil)
		require.NoError(t, err)
		buyer, seller := w.people[6].Address, w.people[7].Address
		deposit := cmt(1)
		start := w.call(6, "process", new(uint256.Int).AddUint64(deposit, 1000), "start",
			w.deployed("process"), "sale", []process.Role{{Role: "seller", Account: seller}}, variables, deposit)
		w.must(start, start)

		task := view[[]process.Task](w, "process", "tasksOf", uint64(1))[0]
		out := w.must(w.call(7, "process", nil, "complete", uint64(1), task.Token, []byte{}))
		fee := new(uint256.Int).Mul(uint256.NewInt(out.orders[0].GasUsed), new(uint256.Int).AddUint64(uint256.MustFromBig(out.Block.BaseFee()), params.GWei))
		require.Equal(t, new(uint256.Int).Sub(new(uint256.Int).AddUint64(cmt(1_000_000), 900), fee).Dec(), w.balance(seller).Dec(), "paid without the fee")

		before := w.balance(buyer)
		w.now = w.now.Add(time.Hour)
		w.must()
		require.Equal(t, uint8(1), view[process.Instance](w, "process", "instanceOf", uint64(2)).Status)
		back := new(uint256.Int).Sub(w.balance(buyer), before)
		require.True(t, back.Gt(uint256.NewInt(1000)) && back.Lt(new(uint256.Int).AddUint64(deposit, 1000)), "the price and the deposit without the gas: %s", back.Dec())
		require.True(t, w.balance(contracts.ProcessAddress).IsZero())
	}
}

// deployed is the model that was deployed last.
func (w *world) deployed(name string) (model common.Hash) {
	w.t.Helper()
	for _, receipt := range w.Receipts(w.Head().Hash()) {
		for _, log := range receipt.Logs {
			if log.Address == w.of(name).Address() {
				model = log.Topics[1]
			}
		}
	}
	return model
}
