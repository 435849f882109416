package conversion_test

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"math/big"
	"math/rand"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
	"github.com/cybermiles/cybermiles/network/migrate"
	"github.com/cybermiles/cybermiles/protocol/conversion"
)

var (
	address    = common.HexToAddress("0xc006")
	governance = common.HexToAddress("0xc004")
	relayer    = common.HexToAddress("0x3e1a")
	alice      = common.HexToAddress("0xa11ce")
)

func cmt(n uint64) *uint256.Int {
	return new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18))
}

// claimants are holders left out of a snapshot, with their keys, and the claim
// tree that the migration tool makes of them.
type claimants struct {
	t    testing.TB
	keys map[common.Address]*ecdsa.PrivateKey
	tree *migrate.Tree
}

func newClaimants(t testing.TB, seed int64, n int) *claimants {
	random := rand.New(rand.NewSource(seed))
	c := &claimants{t: t, keys: make(map[common.Address]*ecdsa.PrivateKey)}
	var holders migrate.Holders
	for range n {
		secret := make([]byte, 32)
		random.Read(secret)
		key, err := crypto.ToECDSA(secret)
		require.NoError(t, err)
		holder := crypto.PubkeyToAddress(key.PublicKey)
		c.keys[holder] = key
		holders = append(holders, migrate.Holder{Address: holder, BalanceWei: big.NewInt(1 + random.Int63())})
	}
	slices.SortFunc(holders, func(a, b migrate.Holder) int { return a.Address.Cmp(b.Address) })
	var err error
	c.tree, err = migrate.NewTree(holders)
	require.NoError(t, err)
	return c
}

func (c *claimants) total() *uint256.Int { return uint256.MustFromBig(c.tree.Holders().TotalWei()) }

// inputs are those of claim for the i-th holder.
func (c *claimants) inputs(chain *contracttest.Chain, of *conversion.Conversion, i int, recipient common.Address) []any {
	holder := c.tree.Holders()[i]
	chainID := chain.Open(of).ChainID().Uint64()
	claim, err := c.tree.Claim(holder.Address, recipient)
	require.NoError(c.t, err)
	signature, err := claim.Sign(c.keys[holder.Address], chainID)
	require.NoError(c.t, err)
	signed, err := c.tree.Signed(claim, chainID, signature)
	require.NoError(c.t, err)
	return []any{holder.Address, recipient, uint256.MustFromBig(holder.BalanceWei), signed.Proof, []byte(signed.Signature)}
}

func (c *claimants) genesis(convertedWei, unclaimedWei *uint256.Int) conversion.Genesis {
	return conversion.Genesis{ConvertedWei: convertedWei, UnclaimedWei: unclaimedWei, Trees: []conversion.GenesisTree{{Root: c.tree.Root(), TotalWei: c.total()}}}
}

func newChain(t testing.TB, c *conversion.Conversion, g conversion.Genesis) *contracttest.Chain {
	chain := contracttest.New(t, c)
	chain.Fund(governance, cmt(1000))
	chain.Fund(address, g.UnclaimedWei)
	for _, tree := range g.Trees {
		left := tree.TotalWei.Clone()
		if tree.PaidWei != nil {
			left.Sub(left, tree.PaidWei)
		}
		chain.Fund(address, left)
	}
	require.NoError(t, contract.Run(chain.Open(c), func(ctx *contract.Context) error { return c.Begin(ctx, g) }))
	chain.DB.Finalise(true)
	return chain
}

// holds checks the invariant and that the coins are there.
func holds(t testing.TB, chain *contracttest.Chain, c *conversion.Conversion) conversion.Totals {
	t.Helper()
	s := contracttest.View[conversion.Totals](chain, c, "totals")
	sum := new(uint256.Int).Add(&s.ConvertedWei, &s.ClaimableWei)
	require.Equal(t, s.TotalWei, *sum.Add(sum, &s.UnclaimedWei))
	require.Equal(t, chain.DB.GetBalance(address), c.Unclaimed(chain.Open(c)))
	return s
}

func TestEveryClaimPaysOnce(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 33} {
		var (
			claims    = newClaimants(t, int64(n), n)
			c         = conversion.New(address, governance)
			chain     = newChain(t, c, claims.genesis(cmt(900), cmt(1)))
			paid      = new(uint256.Int)
			recipient = common.HexToAddress("0x4ec1")
		)
		for i, holder := range claims.tree.Holders() {
			inputs := claims.inputs(chain, c, i, recipient)
			result := chain.Try(relayer, c, nil, "claim", inputs...)
			require.NoError(t, result.Err, chain.Reason(c, result))
			event := chain.Events(c, result, "Claimed")[0]
			require.Equal(t, []any{holder.Address, recipient, holder.BalanceWei, [32]byte(claims.tree.Root())},
				[]any{event["holder"], event["recipient"], event["amountWei"], event["root"]})
			paid.Add(paid, uint256.MustFromBig(holder.BalanceWei))
			require.Equal(t, paid, chain.DB.GetBalance(recipient))
			chain.Fails(relayer, c, nil, "AlreadyClaimed", "claim", inputs...)
			chain.Fails(holder.Address, c, nil, "AlreadyClaimed", "claim", claims.inputs(chain, c, i, alice)...)
			require.Equal(t, []any{recipient, chain.Time}, chain.Must(alice, c, nil, "claimed", holder.Address, inputs[2]))
			holds(t, chain, c)
		}
		s := holds(t, chain, c)
		require.True(t, s.ClaimableWei.IsZero())
		require.Equal(t, *cmt(1), s.UnclaimedWei)
		require.Equal(t, *new(uint256.Int).Add(cmt(900), paid), s.ConvertedWei)
		require.Equal(t, conversion.TreeInfo{claims.tree.Root(), *paid, *paid}, contracttest.View[conversion.TreeInfo](chain, c, "treeOf", claims.tree.Root()))
	}
}

func TestAClaimThatIsNotRight(t *testing.T) {
	var (
		claims = newClaimants(t, 1, 5)
		c      = conversion.New(address, governance)
		chain  = newChain(t, c, claims.genesis(cmt(1), cmt(1)))
		good   = func() []any {
			list := claims.inputs(chain, c, 2, alice)
			list[3], list[4] = slices.Clone(list[3].([]common.Hash)), bytes.Clone(list[4].([]byte))
			return list
		}
		other     = claims.tree.Holders()[3].Address
		halfOrder = new(big.Int).Rsh(crypto.S256().Params().N, 1)
	)
	for name, each := range map[string]struct {
		reason string
		change func([]any)
	}{
		"another holder":         {"UnknownTree", func(in []any) { in[0] = other }},
		"a larger amount":        {"UnknownTree", func(in []any) { in[2] = new(uint256.Int).AddUint64(in[2].(*uint256.Int), 1) }},
		"another recipient":      {"NotSigned", func(in []any) { in[1] = relayer }},
		"no recipient":           {"NotARecipient", func(in []any) { in[1] = common.Address{} }},
		"the contract itself":    {"NotARecipient", func(in []any) { in[1] = address }},
		"a changed proof":        {"UnknownTree", func(in []any) { in[3].([]common.Hash)[0][5] ^= 1 }},
		"a shorter proof":        {"UnknownTree", func(in []any) { in[3] = in[3].([]common.Hash)[1:] }},
		"no proof":               {"UnknownTree", func(in []any) { in[3] = []common.Hash{} }},
		"a changed signature":    {"NotSigned", func(in []any) { in[4].([]byte)[40] ^= 1 }},
		"no signature":           {"NotSigned", func(in []any) { in[4] = []byte{} }},
		"v of 0 or 1":            {"NotSigned", func(in []any) { in[4].([]byte)[64] -= 27 }},
		"another's signature":    {"NotSigned", func(in []any) { in[4] = claims.inputs(chain, c, 3, alice)[4] }},
		"zeros for a signature":  {"NotSigned", func(in []any) { in[4] = append(make([]byte, 64), 27) }},
		"the signature mirrored": {"NotSigned", func(in []any) { mirror(t, in[4].([]byte), halfOrder) }},
	} {
		inputs := good()
		each.change(inputs)
		before := chain.DB.IntermediateRoot(true)
		chain.Fails(relayer, c, nil, each.reason, "claim", inputs...)
		require.Equal(t, before, chain.DB.IntermediateRoot(true), name)
	}
	chain.Must(relayer, c, nil, "claim", good()...)
}

// mirror replaces s by the order of the curve less s, which is as good for the
// curve and not for us.
func mirror(t *testing.T, signature []byte, halfOrder *big.Int) {
	s := new(big.Int).SetBytes(signature[32:64])
	require.Negative(t, s.Cmp(halfOrder))
	s.Sub(crypto.S256().Params().N, s).FillBytes(signature[32:64])
	signature[64] = 27 + 28 - signature[64]
}

// An inner node of the tree is no leaf, since leaves are hashed twice.
func TestAnInnerNodeIsNoClaim(t *testing.T) {
	claims := newClaimants(t, 9, 2)
	c := conversion.New(address, governance)
	chain := newChain(t, c, claims.genesis(cmt(1), cmt(1)))
	var leaves []common.Hash
	for _, holder := range claims.tree.Holders() {
		leaves = append(leaves, migrate.Leaf(holder))
	}
	ctx := chain.Open(c)
	require.Equal(t, claims.tree.Root(), conversion.RootOf(ctx, leaves[0], leaves[1:]))
	chain.Fails(relayer, c, nil, "UnknownTree", "claim", common.BytesToAddress(leaves[0][12:]),
		alice, new(uint256.Int).SetBytes32(leaves[1][:]), []common.Hash{}, make([]byte, 65))
}

func TestDigestIsWhatTheToolSigns(t *testing.T) {
	c := conversion.New(address, governance)
	chain := newChain(t, c, newClaimants(t, 1, 1).genesis(cmt(1), cmt(1)))
	require.Equal(t, migrate.ConversionAddress, c.Address())
	claim := migrate.Claim{Holder: relayer, Recipient: alice, AmountWei: big.NewInt(77)}
	require.Equal(t, claim.Digest(chain.Open(c).ChainID().Uint64()),
		contracttest.View[common.Hash](chain, c, "digest", relayer, alice, uint256.NewInt(77)))
	domain := chain.Must(alice, c, nil, "eip712Domain")
	require.Equal(t, []any{[1]byte{0x0f}, "CyberMiles Conversion", "1", uint256.MustFromBig(chain.Open(c).ChainID()), address, common.Hash{}}, domain[:6])
	require.Empty(t, domain[6])
}

func TestOnlyGovernanceAddsTrees(t *testing.T) {
	var (
		first  = newClaimants(t, 1, 3)
		second = newClaimants(t, 2, 4)
		c      = conversion.New(address, governance)
		chain  = newChain(t, c, first.genesis(cmt(5), second.total()))
		total  = holds(t, chain, c).TotalWei
		root   = second.tree.Root()
	)
	chain.Fails(alice, c, nil, "NotGovernance", "addTree", root, second.total())
	chain.Fails(governance, c, nil, "NotANewTree", "addTree", first.tree.Root(), cmt(1))
	chain.Fails(governance, c, nil, "NotANewTree", "addTree", common.Hash{}, cmt(1))
	chain.Fails(governance, c, nil, "NotANewTree", "addTree", root, new(uint256.Int))
	chain.Fails(governance, c, nil, "TooFewCoins", "addTree", root, new(uint256.Int).AddUint64(second.total(), 1))
	chain.Fails(relayer, c, nil, "UnknownTree", "claim", second.inputs(chain, c, 0, alice)...)
	chain.Fails(relayer, c, nil, "UnknownTree", "treeOf", root)

	chain.Must(governance, c, nil, "addTree", root, second.total())
	s := holds(t, chain, c)
	require.Equal(t, total, s.TotalWei, "set aside coins were used")
	require.True(t, s.UnclaimedWei.IsZero())
	chain.Must(relayer, c, nil, "claim", second.inputs(chain, c, 0, alice)...)
	chain.Must(relayer, c, nil, "claim", first.inputs(chain, c, 0, alice)...)

	third := newClaimants(t, 3, 2)
	chain.Fails(governance, c, cmt(1), "TooFewCoins", "addTree", third.tree.Root(), third.total())
	chain.Must(governance, c, third.total(), "addTree", third.tree.Root(), third.total())
	s = holds(t, chain, c)
	require.Equal(t, *new(uint256.Int).Add(&total, third.total()), s.TotalWei, "what is paid in adds to the total")
	roots := []common.Hash{}
	for _, each := range contracttest.View[[]conversion.TreeInfo](chain, c, "trees", uint64(1), uint64(9)) {
		roots = append(roots, each.Root)
	}
	require.Equal(t, []common.Hash{root, third.tree.Root()}, roots)
}

// A leaf that stands in two trees pays once, and a tree whose claims ask for
// more than it has does not touch the others' coins.
func TestTreesDoNotTouchEachOthersCoins(t *testing.T) {
	var (
		first = newClaimants(t, 1, 3)
		c     = conversion.New(address, governance)
		chain = newChain(t, c, first.genesis(cmt(5), cmt(50)))
		same  = first.tree.Holders()[1]
		more  = newClaimants(t, 4, 1)
	)
	both := append(migrate.Holders{same}, more.tree.Holders()...)
	slices.SortFunc(both, func(a, b migrate.Holder) int { return a.Address.Cmp(b.Address) })
	var err error
	more.keys[same.Address] = first.keys[same.Address]
	more.tree, err = migrate.NewTree(both)
	require.NoError(t, err)
	short := new(uint256.Int).SubUint64(uint256.MustFromBig(same.BalanceWei), 1)
	chain.Must(governance, c, nil, "addTree", more.tree.Root(), short)
	at := slices.IndexFunc(both, func(h migrate.Holder) bool { return h.Address == same.Address })
	chain.Fails(relayer, c, nil, "TreeExhausted", "claim", more.inputs(chain, c, at, alice)...)
	chain.Must(relayer, c, nil, "claim", first.inputs(chain, c, 1, alice)...)
	chain.Fails(relayer, c, nil, "AlreadyClaimed", "claim", more.inputs(chain, c, at, alice)...)
	holds(t, chain, c)
}

// Random claims, good and bad, in any order, trees added in between: the
// invariant holds after each and the export goes on where it stopped.
func TestConvertedClaimableAndUnclaimedAddUp(t *testing.T) {
	var (
		random = rand.New(rand.NewSource(6))
		groups = []*claimants{newClaimants(t, 10, 20), newClaimants(t, 11, 21), newClaimants(t, 12, 9)}
		c      = conversion.New(address, governance)
		chain  = newChain(t, c, groups[0].genesis(cmt(900), groups[1].total()))
		paid   = make(map[common.Address]bool)
		added  = 1
		all    = holds(t, chain, c).TotalWei
	)
	for op := range 400 {
		chain.Advance(1, 5)
		group := random.Intn(len(groups))
		holder := random.Intn(len(groups[group].keys))
		inputs := groups[group].inputs(chain, c, holder, common.BigToAddress(big.NewInt(int64(1<<30+op))))
		result := chain.Try(relayer, c, nil, "claim", inputs...)
		owner := inputs[0].(common.Address)
		require.Equal(t, group < added && !paid[owner], result.Err == nil, chain.Reason(c, result))
		paid[owner] = paid[owner] || result.Err == nil
		if op%100 == 99 && added < len(groups) {
			value := new(uint256.Int)
			if added == 2 {
				value = groups[2].total()
			}
			chain.Must(governance, c, value, "addTree", groups[added].tree.Root(), groups[added].total())
			all.Add(&all, value)
			added++
		}
		require.Equal(t, all, holds(t, chain, c).TotalWei)
		if op%50 == 0 {
			chain = reimported(t, chain, c)
		}
	}
	require.Len(t, groups, added)
	s := holds(t, chain, c)
	require.True(t, s.UnclaimedWei.IsZero())
}

// reimported is a chain that begins with the export.
func reimported(t *testing.T, chain *contracttest.Chain, c *conversion.Conversion) *contracttest.Chain {
	t.Helper()
	first, err := json.Marshal(c.Export(chain.Open(c)))
	require.NoError(t, err)
	var g conversion.Genesis
	require.NoError(t, json.Unmarshal(first, &g))
	again := newChain(t, c, g)
	second, err := json.Marshal(c.Export(again.Open(c)))
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
	require.Equal(t, holds(t, chain, c), holds(t, again, c))
	again.Number, again.Time = chain.Number, chain.Time
	return again
}

func TestGenesisThatCannotBe(t *testing.T) {
	claims := newClaimants(t, 1, 3)
	for want, change := range map[string]func(*conversion.Genesis){
		"must be given":     func(g *conversion.Genesis) { g.UnclaimedWei = nil },
		"balance is":        func(g *conversion.Genesis) { g.UnclaimedWei = cmt(3) },
		"zero or there":     func(g *conversion.Genesis) { g.Trees = append(g.Trees, g.Trees[0]) },
		"totalWei is not":   func(g *conversion.Genesis) { g.Trees[0].TotalWei = new(uint256.Int) },
		"paidWei is above":  func(g *conversion.Genesis) { g.Trees[0].PaidWei = cmt(10_000_000) },
		"recipient is miss": func(g *conversion.Genesis) { g.Payments = []conversion.GenesisPayment{{Leaf: common.Hash{1}}} },
	} {
		c := conversion.New(address, governance)
		g := claims.genesis(cmt(1), cmt(2))
		chain := newChain(t, c, g)
		held := chain.DB.GetBalance(address).Clone()
		change(&g)
		chain = contracttest.New(t, c)
		chain.Fund(address, held)
		err := c.Begin(chain.Open(c), g)
		require.ErrorIs(t, err, conversion.ErrGenesis)
		require.ErrorContains(t, err, want)
	}
}

// Every kind of call and every gas limit.
func TestGeneric(t *testing.T) {
	var (
		claims = newClaimants(t, 1, 9)
		c      = conversion.New(address, governance)
		start  = func(t testing.TB) *contracttest.Chain { return newChain(t, c, claims.genesis(cmt(1), cmt(5))) }
		holder = claims.tree.Holders()[4].Address
		root   = claims.tree.Root()
	)
	examples := []contracttest.Example{
		{Method: "claim", From: relayer, Inputs: claims.inputs(start(t), c, 4, alice)},
		{Method: "addTree", From: governance, Value: cmt(2), Inputs: []any{common.Hash{7}, cmt(6)}},
		{Method: "totals", From: alice},
		{Method: "treeOf", From: alice, Inputs: []any{root}},
		{Method: "trees", From: alice, Inputs: []any{uint64(0), uint64(10)}},
		{Method: "claimed", From: alice, Inputs: []any{holder, cmt(1)}},
		{Method: "digest", From: alice, Inputs: []any{holder, alice, cmt(1)}},
		{Method: "eip712Domain", From: alice},
	}
	contracttest.Generic(t, c, start, examples)
	contracttest.ReadmeGas(t, c, start, examples)
}
