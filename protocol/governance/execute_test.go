package governance

import (
	"bytes"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract/contracttest"
)

func descriptionHash(text string) common.Hash { return crypto.Keccak256Hash([]byte(text)) }

// The whole way of a proposal, by its calls as OpenZeppelin's pages go it.
func TestWholeWay(t *testing.T) {
	w := newWorld(t)
	w.Fund(address, wei(10))
	p := payment(common.Address{0x77}, wei(4))
	before := w.balance(erin)
	result := w.Try(erin, w.g, wei(1_000), "propose", p.inputs()...)
	require.NoError(t, result.Err)
	created := w.Events(w.g, result, "ProposalCreated")
	require.Len(t, created, 1)
	require.Equal(t, []string{""}, created[0]["signatures"])
	id := contracttest.View[*uint256.Int](w.Chain, w.g, "hashProposal", p.hashed()...)
	require.Equal(t, id, contracttest.View[*uint256.Int](w.Chain, w.g, "getProposalId", p.hashed()...))
	require.Equal(t, created[0]["proposalId"].(interface{ String() string }).String(), id.Dec())
	require.Equal(t, *wei(1_000), contracttest.View[uint256.Int](w.Chain, w.g, "depositsWei"))
	require.Equal(t, Pending, w.state(id))
	w.Fails(erin, w.g, wei(1_000), "GovernorUnexpectedProposalState", "propose", p.inputs()...)

	w.voting()
	require.Equal(t, Active, w.state(id))
	w.Fails(erin, w.g, nil, "GovernorUnableToCancel", "cancel(uint256)", id)
	w.Fails(erin, w.g, nil, "GovernorUnexpectedProposalState", "settleDeposit", id)
	w.vote(id, alice, For)
	w.ended()
	require.Equal(t, Succeeded, w.state(id))
	w.Fails(erin, w.g, nil, "GovernorUnexpectedProposalState", "execute(uint256)", id)
	w.Must(dave, w.g, nil, "queue(address[],uint256[],bytes[],bytes32)", p.hashed()...)
	require.Equal(t, Queued, w.state(id))
	require.Equal(t, before, w.balance(erin), "the deposit is back")
	require.Equal(t, uint256.NewInt(w.Time+Default().ExecutionDelay), contracttest.View[*uint256.Int](w.Chain, w.g, "proposalEta", id))
	w.Fails(dave, w.g, nil, "NotYetExecutable", "execute(uint256)", id)
	w.Advance(1, Default().ExecutionDelay)
	w.Must(dave, w.g, nil, "execute(address[],uint256[],bytes[],bytes32)", p.hashed()...)
	require.Equal(t, wei(4), w.balance(common.Address{0x77}))
	require.Equal(t, Executed, w.state(id))
	w.Fails(dave, w.g, nil, "GovernorUnexpectedProposalState", "execute(uint256)", id)
	w.Fails(dave, w.g, nil, "DepositAlreadySettled", "settleDeposit", id)
	require.Equal(t, wei(4), w.balance(common.Address{0x77}), "once")
}

func TestOutcomes(t *testing.T) {
	for name, test := range map[string]struct {
		votes   map[common.Address]Support
		want    State
		forfeit bool
	}{
		"nobody votes":                {nil, Defeated, true},
		"just the quorum":             {map[common.Address]Support{carol: For, dave: For}, Succeeded, false}, // 350 of 1,000
		"just below the quorum":       {map[common.Address]Support{dave: For}, Defeated, true},
		"for":                         {map[common.Address]Support{alice: For, bob: Against}, Succeeded, false},
		"against":                     {map[common.Address]Support{alice: Against, bob: For}, Defeated, false},
		"abstentions make a quorum":   {map[common.Address]Support{alice: Abstain, carol: For}, Succeeded, false},
		"only abstentions":            {map[common.Address]Support{alice: Abstain}, Defeated, false},
		"vetoed against a majority":   {map[common.Address]Support{alice: For, bob: Veto}, Defeated, true},
		"a veto of less than a third": {map[common.Address]Support{alice: For, bob: For, dave: Veto}, Succeeded, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.propose(erin, payment(erin, wei(1)))
			w.voting()
			for _, who := range []common.Address{alice, bob, carol, dave} {
				if support, votes := test.votes[who]; votes {
					w.vote(id, who, support)
				}
			}
			w.ended()
			require.Equal(t, test.want, w.state(id), "%v", w.votes(id))
			before := w.balance(erin)
			w.Must(bob, w.g, nil, "settleDeposit", id)
			w.Fails(bob, w.g, nil, "DepositAlreadySettled", "settleDeposit", id)
			if test.forfeit {
				require.Equal(t, wei(1_000), w.balance(treasury))
				require.Equal(t, before, w.balance(erin))
			} else {
				require.True(t, w.balance(treasury).IsZero())
				require.Equal(t, new(uint256.Int).Add(before, wei(1_000)), w.balance(erin))
			}
			require.True(t, w.balance(address).IsZero())
			if test.want == Succeeded {
				w.Must(bob, w.g, nil, "queue(uint256)", id)
				require.Equal(t, Queued, w.state(id), "queuing after settling settles nothing twice")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	p := payment(erin, wei(1))
	before := w.balance(erin)
	id := w.propose(erin, p)
	w.Fails(bob, w.g, nil, "GovernorUnableToCancel", "cancel(uint256)", id)
	w.Must(erin, w.g, nil, "cancel(address[],uint256[],bytes[],bytes32)", p.hashed()...)
	require.Equal(t, Canceled, w.state(id))
	require.Equal(t, before, w.balance(erin))
	w.voting()
	w.Fails(alice, w.g, nil, "GovernorUnexpectedProposalState", "castVote", id, For)
	w.Fails(erin, w.g, nil, "GovernorNonexistentProposal", "state", uint256.NewInt(1))
}

func TestExpires(t *testing.T) {
	w := newWorld(t)
	id := w.accepted(payment(erin, wei(1)))
	w.Advance(1, Default().ExecutionWindow+1)
	require.Equal(t, Expired, w.state(id))
	w.Fails(erin, w.g, nil, "GovernorUnexpectedProposalState", "queue(uint256)", id)
	w.Must(erin, w.g, nil, "settleDeposit", id)

	w = newWorld(t)
	id = w.queued(payment(erin, wei(1)))
	w.Advance(1, Default().ExecutionWindow)
	require.Equal(t, Queued, w.state(id))
	w.Advance(1, 1)
	require.Equal(t, Expired, w.state(id))
	w.Fund(address, wei(1))
	w.Fails(erin, w.g, nil, "GovernorUnexpectedProposalState", "execute(uint256)", id)
}

// fails reverts with a word unless the caller sent one wei with the transaction
// before: its first slot says whether it may pass.
func failingUntilAllowed() []byte {
	return []byte{
		byte(vm.CALLDATASIZE), byte(vm.PUSH1), 8, byte(vm.JUMPI), // data: try
		byte(vm.PUSH1), 1, byte(vm.PUSH0), byte(vm.SSTORE), // no data: allow (falls through)
		byte(vm.JUMPDEST), byte(vm.PUSH0), byte(vm.SLOAD), byte(vm.PUSH1), 20, byte(vm.JUMPI),
		byte(vm.PUSH1), 32, byte(vm.PUSH0), byte(vm.REVERT), byte(vm.STOP), byte(vm.STOP),
		byte(vm.JUMPDEST), byte(vm.STOP),
	}
}

// A call that fails undoes the calls before it, and the proposal can be tried
// again.
func TestFailingExecutionIsRetried(t *testing.T) {
	w := newWorld(t)
	w.Fund(address, wei(5))
	w.Deploy(probe, failingUntilAllowed())
	p := plan{
		[]common.Address{{0x77}, probe}, []*uint256.Int{wei(5), new(uint256.Int)}, [][]byte{{}, {1}}, "Two calls",
	}
	id := w.queued(p)
	w.Fails(erin, w.g, nil, "", "execute(uint256)", id)
	require.True(t, w.balance(common.Address{0x77}).IsZero())
	require.Equal(t, wei(5), w.balance(address))
	require.Equal(t, Queued, w.state(id))
	require.NoError(t, w.Do(contracttest.Call{From: bob, To: probe}).Err)
	w.Must(erin, w.g, nil, "execute(uint256)", id)
	require.Equal(t, wei(5), w.balance(common.Address{0x77}))
}

func TestCallFailsWithoutAWord(t *testing.T) {
	w := newWorld(t)
	id := w.queued(payment(erin, wei(1)))
	w.Fails(erin, w.g, nil, "CallFailed", "execute(uint256)", id) // no money
	w.Must(erin, w.g, wei(1), "execute(uint256)", id)             // brought along

	w = newWorld(t)
	id = w.queued(plan{[]common.Address{{0x78}}, []*uint256.Int{new(uint256.Int)}, [][]byte{{1, 2, 3, 4}}, "Call nothing"})
	w.Fails(erin, w.g, nil, "CallFailed", "execute(uint256)", id)

	w = newWorld(t)
	w.Deploy(probe, []byte{byte(vm.JUMPDEST), byte(vm.PUSH0), byte(vm.JUMP)}) // for ever
	id = w.queued(plan{[]common.Address{probe}, []*uint256.Int{new(uint256.Int)}, [][]byte{{}}, "Burn gas"})
	result := w.Try(erin, w.g, nil, "execute(uint256)", id)
	require.ErrorIs(t, result.Err, vm.ErrExecutionReverted)
	require.Less(t, result.GasUsed, Default().CallGas+200_000, "a call uses no more than its part")
}

// Deposits of open proposals are not governance's to spend.
func TestDepositsAreNotSpent(t *testing.T) {
	w := newWorld(t)
	id := w.queued(payment(common.Address{0x77}, wei(500)))
	w.propose(bob, payment(bob, wei(1))) // a deposit of 1,000
	w.Fails(erin, w.g, nil, "DepositsNotSpendable", "execute(uint256)", id)
	w.Must(erin, w.g, wei(500), "execute(uint256)", id)
	require.Equal(t, wei(1_000), w.balance(address))
}

func TestLimitsOfProposals(t *testing.T) {
	w := newWorld(t)
	p := payment(erin, wei(1))
	w.Fails(erin, w.g, nil, "WrongDeposit", "propose", p.inputs()...)
	w.Fails(erin, w.g, wei(1_001), "WrongDeposit", "propose", p.inputs()...)
	bad := p
	bad.values = nil
	w.Fails(erin, w.g, wei(1_000), "GovernorInvalidProposalLength", "propose", bad.inputs()...)
	w.Fails(erin, w.g, wei(1_000), "GovernorInvalidProposalLength", "propose", plan{}.inputs()...)
	bad = plan{make([]common.Address, 11), make([]*uint256.Int, 11), make([][]byte, 11), ""}
	for i := range bad.values {
		bad.values[i] = new(uint256.Int)
	}
	w.Fails(erin, w.g, wei(1_000), "GovernorInvalidProposalLength", "propose", bad.inputs()...)
	bad = p
	bad.calldatas = [][]byte{make([]byte, maxData+1)}
	w.Fails(erin, w.g, wei(1_000), "ProposalTooLarge", "propose", bad.inputs()...)
	bad = p
	bad.description = string(make([]byte, maxDescription+1))
	w.Fails(erin, w.g, wei(1_000), "ProposalTooLarge", "propose", bad.inputs()...)
	for i := range uint64(3) {
		w.propose(erin, payment(erin, uint256.NewInt(i)))
	}
	w.Fails(erin, w.g, wei(1_000), "TooManyOpenProposals", "propose", p.inputs()...)
	w.propose(bob, p)
	w.voting()
	w.ended()
	id := w.propose(bob, payment(erin, wei(9)))
	require.Equal(t, Pending, w.state(id))
	first := contracttest.View[*uint256.Int](w.Chain, w.g, "hashProposal", payment(erin, new(uint256.Int)).hashed()...)
	w.Must(erin, w.g, nil, "settleDeposit", first)
	w.propose(erin, payment(erin, wei(8)))
}

// The largest proposal can be made and executed in a block.
func TestLargestProposal(t *testing.T) {
	w := newWorld(t)
	w.Deploy(probe, []byte{byte(vm.STOP)})
	p := plan{description: string(bytes.Repeat([]byte("d"), maxDescription))}
	for i := range maxActions {
		size := maxData / maxActions
		if i == 0 {
			size += maxData % maxActions
		}
		p.targets, p.values = append(p.targets, probe), append(p.values, new(uint256.Int))
		p.calldatas = append(p.calldatas, bytes.Repeat([]byte{1}, size))
	}
	made := w.Try(erin, w.g, wei(1_000), "propose", p.inputs()...)
	require.NoError(t, made.Err)
	require.Less(t, made.GasUsed, uint64(14_000_000))
	id := contracttest.View[*uint256.Int](w.Chain, w.g, "hashProposal", p.hashed()...)
	w.voting()
	w.vote(id, alice, For)
	w.ended()
	w.Must(erin, w.g, nil, "queue(uint256)", id)
	w.Advance(1, Default().ExecutionDelay)
	done := w.Try(erin, w.g, nil, "execute(uint256)", id)
	require.NoError(t, done.Err)
	require.Less(t, done.GasUsed, uint64(2_000_000))
}

func TestProposerSuffix(t *testing.T) {
	w := newWorld(t)
	p := payment(erin, wei(1))
	p.description = "Mine #proposer=" + erin.Hex()
	w.Fails(bob, w.g, wei(1_000), "GovernorRestrictedProposer", "propose", p.inputs()...)
	w.propose(erin, p)
	for _, open := range []string{"#proposer=0x12", "#proposer=0x" + erin.Hex()[2:40] + "zz", "#other=" + erin.Hex(), erin.Hex() + " ", ""} {
		require.True(t, mayPropose(bob, open), open)
	}
}

func TestTitle(t *testing.T) {
	require.Equal(t, "Pay somebody", titleOf("# Pay somebody \r\n\nBecause"))
	require.Empty(t, titleOf(""))
	long := titleOf("ééééééééééééééééééééééééééééééééééééééééééééééééééééééé")
	require.Len(t, long, 80)
	require.Len(t, titleOf("x"+long+"é"), 79, "no half character")
}

func TestParameters(t *testing.T) {
	w := newWorld(t)
	changed := Default()
	changed.QuorumNumerator, changed.QuorumDenominator = 2, 3
	changed.DepositWei = wei(5)
	w.Fails(erin, w.g, nil, "GovernorOnlyExecutor", "setParameters", changed)
	before := w.Time - 1
	running := w.propose(bob, payment(bob, wei(1)))
	id := w.accepted(w.change(changed))
	w.Must(erin, w.g, nil, "queue(uint256)", id)
	w.Advance(1, Default().ExecutionDelay)
	w.Must(erin, w.g, nil, "execute(uint256)", id)
	require.Equal(t, changed, contracttest.View[Parameters](w.Chain, w.g, "parameters"))
	w.Advance(1, 1)
	require.Equal(t, uint256.NewInt(667), contracttest.View[*uint256.Int](w.Chain, w.g, "quorum", uint256.NewInt(w.Time-1)))
	require.Equal(t, uint256.NewInt(334), contracttest.View[*uint256.Int](w.Chain, w.g, "quorum", uint256.NewInt(before)), "as it was")
	require.Equal(t, uint256.NewInt(1), contracttest.View[*uint256.Int](w.Chain, w.g, "quorumNumerator(uint256)", uint256.NewInt(before)))
	require.Equal(t, Defeated, w.state(running))
	w.Must(erin, w.g, nil, "settleDeposit", running)
	require.Equal(t, wei(1_000), w.balance(treasury), "the deposit that was paid, not that of today")
	w.propose(bob, payment(bob, wei(2)))
	require.Equal(t, *wei(5), contracttest.View[uint256.Int](w.Chain, w.g, "depositsWei"))

	for name, break_ := range map[string]func(*Parameters){
		"votingPeriod":      func(p *Parameters) { p.VotingPeriod = 0 },
		"executionWindow":   func(p *Parameters) { p.ExecutionWindow = 10 },
		"depositWei":        func(p *Parameters) { p.DepositWei = wei(10_000_001) },
		"callGas":           func(p *Parameters) { p.CallGas = 1 },
		"maxOpenProposals":  func(p *Parameters) { p.MaxOpenProposals = 0 },
		"quorumNumerator":   func(p *Parameters) { p.QuorumNumerator = 4 },
		"quorumDenominator": func(p *Parameters) { p.QuorumDenominator = 0 },
		"passNumerator":     func(p *Parameters) { p.PassNumerator = 0 },
		"vetoNumerator":     func(p *Parameters) { p.VetoNumerator = 0 },
	} {
		p := Default()
		break_(&p)
		require.ErrorContains(t, w.g.checkParameters(&p), name)
	}
}
