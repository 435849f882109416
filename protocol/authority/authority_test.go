package authority

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

var (
	address  = common.HexToAddress("0xc00b")
	governor = common.HexToAddress("0xc004")
	admin    = common.HexToAddress("0xad")
	stranger = common.HexToAddress("0xbad")
)

func key(n byte) common.Hash        { return common.Hash{0xed, n} }
func account(n byte) common.Address { return common.Address{0xac, n} }

func genesis() Genesis {
	g := Genesis{Administrator: admin, FeeBlocks: 5}
	for n := byte(1); n <= 3; n++ {
		g.Validators = append(g.Validators, GenesisValidator{Account: account(n), ConsensusKey: key(n), Power: 10, Name: "node"})
	}
	return g
}

type world struct {
	*contracttest.Chain
	a *Authority
}

func newWorld(t testing.TB, g Genesis) *world {
	a := New(address, governor)
	w := &world{contracttest.New(t, a), a}
	require.NoError(t, a.Begin(w.Open(a), g))
	w.DB.Finalise(true)
	return w
}

func (w *world) block(absent []common.Address, evidence ...Evidence) contracttest.Result {
	w.T.Helper()
	w.Advance(1, 1)
	if evidence == nil {
		evidence = []Evidence{}
	}
	result := w.Try(params.SystemAddress, w.a, nil, "beginBlock", w.Time*1e9, common.Address{}, append([]common.Address{}, absent...), evidence)
	require.NoError(w.T, result.Err, w.Reason(w.a, result))
	return result
}

// powers are a block's PowerChanged events.
func (w *world) powers(result contracttest.Result) (list []Member) {
	for _, e := range w.Events(w.a, result, "PowerChanged") {
		list = append(list, Member{e["consensusKey"].([32]byte), e["power"].(uint64)})
	}
	return list
}

func TestChangesReachConsensusInTheNextBlock(t *testing.T) {
	w := newWorld(t, genesis())
	w.Fails(stranger, w.a, nil, "NotAdministrator", "addValidator", account(4), key(4), uint64(5), "new")
	require.EqualValues(t, 4, w.Must(admin, w.a, nil, "addValidator", account(4), key(4), uint64(5), "new")[0])
	w.Must(governor, w.a, nil, "setPower", uint64(1), uint64(7))
	w.Must(governor, w.a, nil, "setPower", uint64(1), uint64(8)) // consensus hears of the last alone
	w.Must(account(2), w.a, nil, "rotateKey", uint64(2), key(22))
	w.Must(admin, w.a, nil, "removeValidator", uint64(3))
	require.Equal(t, []Member{{key(1), 8}, {key(2), 0}, {key(22), 10}, {key(3), 0}, {key(4), 5}}, w.powers(w.block(nil)))
	require.Empty(t, w.powers(w.block(nil)))
	require.ElementsMatch(t, []Member{{key(1), 8}, {key(22), 10}, {key(4), 5}}, w.a.ActiveSet(w.Open(w.a)))
	w.Fails(admin, w.a, nil, "ValidatorMissing", "setPower", uint64(3), uint64(1))
	w.Fails(admin, w.a, nil, "KeyTaken", "rotateKey", uint64(1), key(2))
	w.Fails(admin, w.a, nil, "KeyInvalid", "rotateKey", uint64(1), common.Hash{})
	w.Fails(account(2), w.a, nil, "NotAdministrator", "rotateKey", uint64(1), key(9))
	w.Fails(admin, w.a, nil, "AccountTaken", "addValidator", account(1), key(9), uint64(5), "new")
	w.Fails(admin, w.a, nil, "PowerInvalid", "addValidator", account(9), key(9), uint64(0), "new")
	w.Fails(admin, w.a, nil, "PowerInvalid", "setPower", uint64(1), uint64(maxPower+1))
	w.Fails(admin, w.a, nil, "NameTooLong", "addValidator", account(9), key(9), uint64(1), string(make([]byte, 65)))
}

func TestAddedAndRemovedBeforeConsensusHears(t *testing.T) {
	w := newWorld(t, genesis())
	w.Must(admin, w.a, nil, "addValidator", account(4), key(4), uint64(5), "new")
	w.Must(admin, w.a, nil, "removeValidator", uint64(4))
	require.Empty(t, w.powers(w.block(nil)), "removing what consensus does not know would stop it")
}

func TestTheLastValidatorStays(t *testing.T) {
	w := newWorld(t, genesis())
	w.Must(admin, w.a, nil, "removeValidator", uint64(1))
	w.Must(admin, w.a, nil, "removeValidator", uint64(2))
	w.Fails(admin, w.a, nil, "LastValidator", "removeValidator", uint64(3))
}

func TestAbsenceAndEvidenceAreOnlyNoted(t *testing.T) {
	w := newWorld(t, genesis())
	result := w.block([]common.Address{ConsensusAddress(key(2)), {9}}, Evidence{Validator: ConsensusAddress(key(1)), Height: 3})
	require.EqualValues(t, 3, w.Events(w.a, result, "SignedTwice")[0]["height"])
	require.EqualValues(t, 1, contracttest.View[Validator](w.Chain, w.a, "validator", uint64(2)).MissedBlocks)
	require.Empty(t, w.powers(result))
	w.Fails(stranger, w.a, nil, "ValidatorMissing", "validator", uint64(9))
}

func TestFees(t *testing.T) {
	w := newWorld(t, genesis())
	w.Fund(address, uint256.NewInt(100))
	for range 5 {
		w.block(nil)
	}
	for n := byte(1); n <= 3; n++ {
		require.EqualValues(t, 33, w.DB.GetBalance(account(n)).Uint64())
	}
	require.EqualValues(t, 1, w.DB.GetBalance(address).Uint64())
	g := genesis()
	g.FeeReceiver = stranger
	w = newWorld(t, g)
	w.Fund(address, uint256.NewInt(100))
	w.Must(admin, w.a, nil, "removeValidator", uint64(1)) // who leaves has its part first
	require.EqualValues(t, 100, w.DB.GetBalance(stranger).Uint64())
}

func TestElectorate(t *testing.T) {
	w := newWorld(t, genesis())
	then := w.Time
	w.Advance(1, 10)
	w.Must(admin, w.a, nil, "addValidator", account(4), key(4), uint64(500), "new")
	w.Must(admin, w.a, nil, "removeValidator", uint64(1))
	ctx := w.Open(w.a)
	require.EqualValues(t, 3, w.a.TotalWeight(ctx, then).Uint64())
	require.EqualValues(t, 3, w.a.TotalWeight(ctx, then+10).Uint64())
	require.Len(t, w.a.CandidateShares(ctx, 1, then), 1)
	require.Empty(t, w.a.CandidateShares(ctx, 1, then+10))
	require.Empty(t, w.a.VotingShares(ctx, account(4), then+9))
	shares := w.a.VotingShares(ctx, account(4), then+10)
	require.EqualValues(t, 1, w.a.Weight(ctx, shares[0]).Uint64(), "one vote whatever the power")
	_, ok := w.a.CandidateOf(ctx, account(1))
	require.False(t, ok)
	require.Empty(t, w.a.VotingShares(ctx, stranger, then+10))
}

func TestExport(t *testing.T) {
	w := newWorld(t, genesis())
	w.Must(admin, w.a, nil, "rotateKey", uint64(2), key(22))
	w.Must(admin, w.a, nil, "removeValidator", uint64(3))
	w.block([]common.Address{ConsensusAddress(key(1))})
	first, err := json.Marshal(w.a.Export(w.Open(w.a)))
	require.NoError(t, err)
	var g Genesis
	require.NoError(t, json.Unmarshal(first, &g))
	other := newWorld(t, g)
	second, err := json.Marshal(other.a.Export(other.Open(other.a)))
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
	require.Empty(t, other.powers(other.block(nil)), "consensus starts with them")
	require.Equal(t, w.a.ActiveSet(w.Open(w.a)), other.a.ActiveSet(other.Open(other.a)))
	owner, ok := other.a.Owner(other.Open(other.a), ConsensusAddress(key(2)))
	require.True(t, ok)
	require.Equal(t, account(2), owner)
}

func TestGenesisIsChecked(t *testing.T) {
	a := New(address, governor)
	for _, spoil := range []func(*Genesis){
		func(g *Genesis) { g.Validators = nil },
		func(g *Genesis) { g.FeeBlocks = 0 },
		func(g *Genesis) { g.Validators[1].ConsensusKey = key(1) },
		func(g *Genesis) { g.Validators[1].Account = account(1) },
		func(g *Genesis) { g.Validators[1].Power = 0 },
	} {
		g := genesis()
		spoil(&g)
		require.ErrorIs(t, a.Begin(contracttest.New(t, a).Open(a), g), ErrGenesis)
	}
}

func TestGeneric(t *testing.T) {
	a := New(address, governor)
	start := func(t testing.TB) *contracttest.Chain {
		c := contracttest.New(t, a)
		require.NoError(t, contract.Run(c.Open(a), func(ctx *contract.Context) error { return a.Begin(ctx, genesis()) }))
		c.DB.Finalise(true)
		c.Fund(address, uint256.NewInt(100))
		return c
	}
	changed := func(c *contracttest.Chain) {
		c.Must(admin, a, nil, "setPower", uint64(1), uint64(3))
		c.Number = 5
	}
	contracttest.Generic(t, a, start, []contracttest.Example{
		{Method: "addValidator", From: admin, Inputs: []any{account(9), key(9), uint64(1), "new"}},
		{Method: "setPower", From: admin, Inputs: []any{uint64(1), uint64(2)}},
		{Method: "removeValidator", From: admin, Inputs: []any{uint64(1)}},
		{Method: "rotateKey", From: account(1), Inputs: []any{uint64(1), key(9)}},
		{Method: "setAdministrator", From: governor, Inputs: []any{stranger}},
		{Method: "beginBlock", From: params.SystemAddress, Prepare: changed, Inputs: []any{
			uint64(1), common.Address{}, []common.Address{ConsensusAddress(key(1))}, []Evidence{{Validator: ConsensusAddress(key(2))}},
		}},
		{Method: "validators", Inputs: []any{uint64(0), uint64(9)}},
		{Method: "validator", Inputs: []any{uint64(1)}},
		{Method: "validatorByConsensusAddress", Inputs: []any{ConsensusAddress(key(1))}},
		{Method: "activeSet"},
		{Method: "administrator"},
		{Method: "feeReceiver"},
	})
}
