package governance

import (
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var (
	address  = common.HexToAddress("0x000000000000000000000000000000000000c004")
	treasury = common.HexToAddress("0x000000000000000000000000000000000000c005")
	probe    = common.HexToAddress("0x00000000000000000000000000000000000b0b0b")

	alice = common.Address{0xa1} // owns candidate 1
	bob   = common.Address{0xb0} // owns candidate 2
	carol = common.Address{0xca} // delegates
	dave  = common.Address{0xda} // delegates
	erin  = common.Address{0xe1} // has no stake
)

// holding is shares of an account from a time on.
type holding struct {
	account common.Address
	Share
	since uint64
}

// fakeElectorate answers from a list. A share of pool p of candidate c is worth
// price[c<<8|p] / 1000 wei, 1 where nothing is said.
type fakeElectorate struct {
	holdings []holding
	owners   map[common.Address]uint64
	price    map[uint64]uint64
}

func (e *fakeElectorate) give(account common.Address, candidate uint64, pool uint8, shares, since uint64) {
	e.holdings = append(e.holdings, holding{account, Share{candidate, pool, *uint256.NewInt(shares)}, since})
}

func (e *fakeElectorate) VotingShares(_ *contract.Context, account common.Address, timepoint uint64) (list []Share) {
	for _, h := range e.holdings {
		if h.account == account && h.since <= timepoint {
			list = append(list, h.Share)
		}
	}
	return list
}

func (e *fakeElectorate) CandidateOf(_ *contract.Context, account common.Address) (uint64, bool) {
	id, ok := e.owners[account]
	return id, ok
}

func (e *fakeElectorate) CandidateShares(_ *contract.Context, id, timepoint uint64) (list []Share) {
	for pool := range uint8(3) {
		all := Share{Candidate: id, Pool: pool}
		for _, h := range e.holdings {
			if h.Candidate == id && h.Pool == pool && h.since <= timepoint {
				all.Shares.Add(&all.Shares, &h.Shares)
			}
		}
		if !all.Shares.IsZero() {
			list = append(list, all)
		}
	}
	return list
}

func (e *fakeElectorate) Weight(_ *contract.Context, share Share) *uint256.Int {
	price, set := e.price[poolKey(share.Candidate, share.Pool)]
	if !set {
		price = 1_000
	}
	weight := new(uint256.Int).Mul(&share.Shares, uint256.NewInt(price))
	return weight.Div(weight, uint256.NewInt(1_000))
}

func (e *fakeElectorate) TotalWeight(ctx *contract.Context, timepoint uint64) *uint256.Int {
	sum := new(uint256.Int)
	for _, h := range e.holdings {
		if h.since <= timepoint {
			sum.Add(sum, e.Weight(ctx, h.Share))
		}
	}
	return sum
}

// world is a chain with governance on it. Alice's candidate has 500 of 1,000
// votes, of which 100 are Carol's; Bob's has 400, of which 150 are Dave's in the
// second pool; Dave has 100 more with candidate 3, which nobody in the set owns.
type world struct {
	*contracttest.Chain
	g          *Governance
	electorate *fakeElectorate
}

func newWorld(t testing.TB) *world {
	e := &fakeElectorate{owners: map[common.Address]uint64{alice: 1, bob: 2}, price: map[uint64]uint64{}}
	e.give(alice, 1, 0, 400, 0)
	e.give(carol, 1, 0, 100, 0)
	e.give(bob, 2, 0, 250, 0)
	e.give(dave, 2, 1, 150, 0)
	e.give(dave, 3, 0, 100, 0)
	g := New(address, treasury, e)
	w := &world{contracttest.New(t, g), g, e}
	require.NoError(t, w.begin(Genesis{Versions: []Version{{0, Default()}}}))
	for _, account := range []common.Address{alice, bob, carol, dave, erin} {
		w.Fund(account, wei(100_000))
	}
	return w
}

func (w *world) begin(genesis Genesis) error {
	return contract.Run(w.Open(w.g), func(ctx *contract.Context) error { return w.g.Begin(ctx, genesis) })
}

// plan is a proposal as it is handed in.
type plan struct {
	targets     []common.Address
	values      []*uint256.Int
	calldatas   [][]byte
	description string
}

// payment is a proposal that pays wei of governance's own.
func payment(to common.Address, amountWei *uint256.Int) plan {
	return plan{[]common.Address{to}, []*uint256.Int{amountWei}, [][]byte{{}}, "# Pay somebody\n\nBecause of merit."}
}

// change is a proposal that sets parameters.
func (w *world) change(p Parameters) plan {
	return plan{[]common.Address{address}, []*uint256.Int{new(uint256.Int)}, [][]byte{w.Pack(w.g, "setParameters", p)}, "Change parameters"}
}

func (p plan) inputs() []any { return []any{p.targets, p.values, p.calldatas, p.description} }

func (p plan) hashed() []any {
	return []any{p.targets, p.values, p.calldatas, descriptionHash(p.description)}
}

func (w *world) propose(from common.Address, p plan) *uint256.Int {
	w.T.Helper()
	return w.Must(from, w.g, contracttest.View[Parameters](w.Chain, w.g, "parameters").DepositWei, "propose", p.inputs()...)[0].(*uint256.Int)
}

// voting goes on to a new proposal's voting, ended to after it.
func (w *world) voting() { w.Advance(10, Default().VotingDelay+1) }
func (w *world) ended()  { w.Advance(100, Default().VotingPeriod) }

func (w *world) vote(id *uint256.Int, who common.Address, support Support) uint64 {
	w.T.Helper()
	return w.Must(who, w.g, nil, "castVote", id, support)[0].(*uint256.Int).Uint64()
}

// accepted is a proposal that has passed, not queued.
func (w *world) accepted(p plan) *uint256.Int {
	w.T.Helper()
	id := w.propose(erin, p)
	w.voting()
	w.vote(id, alice, For)
	w.vote(id, bob, For)
	w.ended()
	return id
}

// queued is a proposal that can be executed.
func (w *world) queued(p plan) *uint256.Int {
	w.T.Helper()
	id := w.accepted(p)
	w.Must(erin, w.g, nil, "queue(uint256)", id)
	w.Advance(1, Default().ExecutionDelay)
	return id
}

func (w *world) state(id *uint256.Int) State {
	w.T.Helper()
	return contracttest.View[State](w.Chain, w.g, "state", id)
}

// votes are a proposal's, by kind.
func (w *world) votes(id *uint256.Int) [4]uint64 {
	w.T.Helper()
	three := w.Must(erin, w.g, nil, "proposalVotes", id)
	veto := contracttest.View[*uint256.Int](w.Chain, w.g, "proposalVetoVotes", id)
	n := func(v any) uint64 { return v.(*uint256.Int).Uint64() }
	return [4]uint64{n(three[0]), n(three[1]), n(three[2]), n(veto)}
}

func (w *world) balance(of common.Address) *uint256.Int { return w.DB.GetBalance(of).Clone() }

func sameABI(t *testing.T, want, got abi.ABI) {
	t.Helper()
	for name, f := range want.Methods {
		found, err := got.MethodById(f.ID)
		require.NoError(t, err, "function %s", f.Sig)
		require.Equal(t, len(f.Outputs), len(found.Outputs), name)
		for i := range f.Outputs {
			require.Equal(t, f.Outputs[i].Type.String(), found.Outputs[i].Type.String(), "%s returns", name)
		}
	}
	for _, event := range want.Events {
		found, err := got.EventByID(event.ID)
		require.NoError(t, err, "event %s", event.Sig)
		for i := range event.Inputs {
			require.Equal(t, event.Inputs[i].Indexed, found.Inputs[i].Indexed, "event %s", event.Sig)
		}
	}
	for name, custom := range got.Errors {
		if same, found := want.Errors[name]; found {
			require.Equal(t, same.Sig, custom.Sig)
		}
	}
}
