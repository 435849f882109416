package contract_test

import (
	_ "embed"
	"math/big"
	"math/rand"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/contract"
	"github.com/cybermiles/cybermiles/contract/contracttest"
)

//go:embed testdata/IShelf.json
var shelfInterface []byte

//go:embed testdata/Shelf.hex
var shelfCode string

type state uint8

type item struct {
	Owner   common.Address
	Price   uint64
	State   state
	Fragile bool
	Weight  *uint256.Int `sol:"uint128"`
	Shift   int32
	Code    [4]byte
	Title   string
	Sizes   []uint16
	Marks   [3]uint64
}

// shelf is testdata/Shelf.sol in Go.
type shelf struct {
	*contract.Base
	store struct {
		A          contract.Value[bool]
		B          contract.Value[uint8]
		C          contract.Value[int64]
		D          contract.Value[common.Hash]
		Items      contract.Map[*uint256.Int, item]
		Totals     contract.Map[common.Address, uint256.Int]
		Values     contract.Array[uint24]
		Count      contract.Value[uint256.Int]
		Name       contract.Value[string]
		Notes      contract.Map[[]byte, []byte]
		Allowances contract.Nested[common.Address, contract.Map[common.Address, uint256.Int]]
		LastWeight contract.Value[uint256.Int] `sol:"uint128"`
		History    contract.Nested[string, contract.Array[uint64]]
		Order      contract.Index
	}
	emit struct {
		Placed func(ctx *contract.Context, owner common.Address, id *uint256.Int, title string, sizes []uint16)
		Named  func(ctx *contract.Context, name string, data []byte)
	}
	fail struct {
		NotOwner func(caller common.Address, id *uint256.Int) error
	}
}

var shelfAddress = common.HexToAddress("0xc0ff")

func newShelf(t testing.TB) *shelf {
	s := &shelf{}
	var err error
	s.Base, err = contract.New(s.spec())
	require.NoError(t, err)
	return s
}

func (s *shelf) spec() contract.Spec {
	return contract.Spec{
		Name: "shelf", Address: shelfAddress, Interface: shelfInterface,
		Storage: &s.store, Events: &s.emit, Errors: &s.fail,
		Methods: contract.Methods{
			"place":          s.place,
			"item":           func(ctx *contract.Context, id *uint256.Int) item { return s.store.Items.Get(ctx, id) },
			"take":           s.take,
			"total()":        func(ctx *contract.Context) uint256.Int { return s.store.Count.Get(ctx) },
			"total(address)": func(ctx *contract.Context, owner common.Address) uint256.Int { return s.store.Totals.Get(ctx, owner) },
			"push": func(ctx *contract.Context, value uint32) *uint256.Int {
				return uint256.NewInt(s.store.Values.Push(ctx, uint24From(value)) + 1)
			},
			"pop":       func(ctx *contract.Context) uint32 { return s.store.Values.Pop(ctx).value() },
			"list":      s.list,
			"rename":    s.rename,
			"allow":     s.allow,
			"allowance": s.allowance,
			"nested":    s.nested,
			"setFlags":  s.setFlags,
			"forward":   contract.Reentrant(s.forward),
			"order": func(ctx *contract.Context, key uint32) bool {
				return s.store.Order.Insert(ctx, contract.OrderedKey(uint256.NewInt(uint64(key)), 0))
			},
			"ordered": func(ctx *contract.Context, key uint32) bool {
				return s.store.Order.Has(ctx, contract.OrderedKey(uint256.NewInt(uint64(key)), 0))
			},
		},
	}
}

// uint24 is three bytes, as Go has no such integer.
type uint24 [3]byte

func uint24From(v uint32) uint24       { return uint24{byte(v >> 16), byte(v >> 8), byte(v)} }
func (u uint24) value() uint32         { return uint32(u[0])<<16 | uint32(u[1])<<8 | uint32(u[2]) }
func addOne(v uint256.Int) uint256.Int { return *new(uint256.Int).AddUint64(&v, 1) }
func subOne(v uint256.Int) uint256.Int { return *new(uint256.Int).SubUint64(&v, 1) }

func (s *shelf) place(ctx *contract.Context, id *uint256.Int, it item) {
	s.store.Items.Set(ctx, id, it)
	s.store.Totals.Set(ctx, it.Owner, addOne(s.store.Totals.Get(ctx, it.Owner)))
	s.store.Count.Set(ctx, addOne(s.store.Count.Get(ctx)))
	s.store.LastWeight.Set(ctx, *it.Weight)
	history := s.store.History.At(ctx, it.Title)
	history.Push(ctx, id.Uint64())
	s.emit.Placed(ctx, it.Owner, id, it.Title, it.Sizes)
}

func (s *shelf) take(ctx *contract.Context, id *uint256.Int) error {
	if s.store.Items.Get(ctx, id).Owner != ctx.Caller() {
		return s.fail.NotOwner(ctx.Caller(), id)
	}
	s.store.Items.Delete(ctx, id)
	s.store.Totals.Set(ctx, ctx.Caller(), subOne(s.store.Totals.Get(ctx, ctx.Caller())))
	s.store.Count.Set(ctx, subOne(s.store.Count.Get(ctx)))
	return nil
}

func (s *shelf) list(ctx *contract.Context) (list []uint32) {
	for _, v := range s.store.Values.Slice(ctx, 0, 1000) {
		list = append(list, v.value())
	}
	return list
}

func (s *shelf) rename(ctx *contract.Context, name string, data []byte) {
	s.store.Name.Set(ctx, name)
	s.store.Notes.Set(ctx, data, []byte(name))
	s.emit.Named(ctx, name, data)
}

func (s *shelf) allow(ctx *contract.Context, owner, spender common.Address, amount *big.Int) {
	word, _ := uint256.FromBig(amount)
	allowances := s.store.Allowances.At(ctx, owner)
	allowances.Set(ctx, spender, *word)
}

func (s *shelf) allowance(ctx *contract.Context, owner, spender common.Address) *big.Int {
	allowances := s.store.Allowances.At(ctx, owner)
	word := allowances.Get(ctx, spender)
	v := word.ToBig()
	if word.Sign() < 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), 256))
	}
	return v
}

func (s *shelf) nested(_ *contract.Context, items []item, pairs [][2]uint8) (*uint256.Int, []string) {
	titles := []string{}
	for _, it := range items {
		titles = append(titles, it.Title)
	}
	count := uint64(0)
	for _, pair := range pairs {
		count += uint64(pair[0]) * uint64(pair[1])
	}
	return uint256.NewInt(count), titles
}

func (s *shelf) setFlags(ctx *contract.Context, a bool, b uint8, c int64, d common.Hash) {
	s.store.A.Set(ctx, a)
	s.store.B.Set(ctx, b)
	s.store.C.Set(ctx, c)
	s.store.D.Set(ctx, d)
}

func (s *shelf) forward(ctx *contract.Context, to common.Address, data []byte) ([]byte, error) {
	return ctx.Call(to, data, nil, contract.AllGas)
}

func (s *shelf) start(t testing.TB) *contracttest.Chain { return contracttest.New(t, s) }

// TestSolidityTwin calls the Go contract and its twin in Solidity alike: answers,
// events, failures and storage must be the same.
func TestSolidityTwin(t *testing.T) {
	s := newShelf(t)
	ours := contracttest.New(t, s)
	twin := contracttest.New(t)
	twin.Deploy(shelfAddress, common.FromHex(strings.TrimSpace(shelfCode)))
	random := rand.New(rand.NewSource(1))
	both := func(from common.Address, value *uint256.Int, method string, inputs ...any) contracttest.Result {
		t.Helper()
		data := ours.Pack(s, method, inputs...)
		call := contracttest.Call{From: from, To: shelfAddress, Data: data, Value: value}
		got, want := ours.Do(call), twin.Do(call)
		require.Equal(t, want.Err, got.Err, "%s%v: %s", method, inputs, ours.Reason(s, got))
		if want.Err == nil || method == "take" {
			require.Equal(t, common.Bytes2Hex(want.Output), common.Bytes2Hex(got.Output), "%s%v", method, inputs)
		}
		require.Len(t, got.Logs, len(want.Logs))
		for i := range want.Logs {
			require.Equal(t, want.Logs[i].Topics, got.Logs[i].Topics)
			require.Equal(t, common.Bytes2Hex(want.Logs[i].Data), common.Bytes2Hex(got.Logs[i].Data))
		}
		ours.DB.IntermediateRoot(true)
		twin.DB.IntermediateRoot(true)
		require.Equal(t, twin.DB.GetStorageRoot(shelfAddress), ours.DB.GetStorageRoot(shelfAddress), "%s%v", method, inputs)
		return got
	}
	owner := common.HexToAddress("0xabc")
	ours.Fund(owner, uint256.NewInt(1e18))
	twin.Fund(owner, uint256.NewInt(1e18))
	text := func(max int) string {
		b := make([]byte, random.Intn(max))
		for i := range b {
			b[i] = byte('a' + random.Intn(26))
		}
		return string(b)
	}
	randomItem := func() item {
		it := item{
			Owner: owner, Price: random.Uint64(), State: state(random.Intn(3)), Fragile: random.Intn(2) == 1,
			Weight: new(uint256.Int).Rsh(new(uint256.Int).Not(new(uint256.Int)), uint(128+random.Intn(128))),
			Shift:  int32(random.Uint32()), Code: [4]byte{1, byte(random.Intn(256)), 3, 4}, Title: text(90),
			Sizes: []uint16{}, Marks: [3]uint64{random.Uint64(), 0, random.Uint64()},
		}
		for range random.Intn(40) {
			it.Sizes = append(it.Sizes, uint16(random.Intn(1<<16)))
		}
		return it
	}
	length := 0
	for range 300 {
		id := uint256.NewInt(uint64(random.Intn(6)))
		switch random.Intn(9) {
		case 0:
			both(owner, uint256.NewInt(uint64(random.Intn(3))), "place", id, randomItem())
		case 1:
			both(owner, nil, "item", id)
		case 2:
			both(owner, nil, "take", id)
		case 3:
			both(owner, nil, "push", uint32(random.Intn(1<<24)))
			length++
		case 4:
			both(owner, nil, "pop")
		case 5:
			both(owner, nil, "rename", text(100), []byte(text(50)))
		case 6:
			both(owner, nil, "allow", owner, common.Address{byte(random.Intn(3))}, big.NewInt(random.Int63()-1<<62))
			both(owner, nil, "allowance", owner, common.Address{byte(random.Intn(3))})
		case 7:
			both(owner, nil, "nested", []item{randomItem(), randomItem()}, [][2]uint8{{3, 4}, {5, 6}})
			both(owner, nil, "list")
			both(owner, nil, "total()")
			both(owner, nil, "total(address)", owner)
		case 8:
			both(owner, nil, "setFlags", random.Intn(2) == 1, uint8(random.Intn(256)), random.Int63()-1<<62, common.Hash{byte(random.Intn(3))})
		}
	}
	require.Positive(t, length)
	both(common.HexToAddress("0xbad"), nil, "take", uint256.NewInt(1))
}

// FuzzCallData gives both twins the same bytes: neither breaks, and they accept
// and answer the same.
func FuzzCallData(f *testing.F) {
	s := newShelf(f)
	chain := contracttest.New(f, s)
	for _, data := range [][]byte{
		chain.Pack(s, "nested", []item{{Weight: uint256.NewInt(1), Title: "x", Sizes: []uint16{1, 2}}}, [][2]uint8{{3, 4}}),
		chain.Pack(s, "rename", "name", []byte("data")),
		chain.Pack(s, "setFlags", true, uint8(3), int64(-4), common.Hash{5}),
		chain.Pack(s, "place", uint256.NewInt(1), item{Weight: uint256.NewInt(1), Title: "x", Sizes: []uint16{1, 2}}),
	} {
		f.Add(data)
	}
	code := common.FromHex(strings.TrimSpace(shelfCode))
	f.Fuzz(func(t *testing.T, data []byte) {
		ours, twin := contracttest.New(t, s), contracttest.New(t)
		twin.Deploy(shelfAddress, code)
		call := contracttest.Call{From: common.Address{1}, To: shelfAddress, Data: data, Gas: 3_000_000}
		got, want := ours.Do(call), twin.Do(call)
		if len(data) >= 4 && string(data[:4]) == string(ours.Pack(s, "forward", common.Address{}, []byte{})[:4]) {
			return // the callee's gas differs
		}
		if want.Err == nil && got.Err == nil {
			require.Equal(t, common.Bytes2Hex(want.Output), common.Bytes2Hex(got.Output))
			ours.DB.IntermediateRoot(true)
			twin.DB.IntermediateRoot(true)
			require.Equal(t, twin.DB.GetStorageRoot(shelfAddress), ours.DB.GetStorageRoot(shelfAddress))
		}
		if want.Err == nil {
			require.NoError(t, got.Err, "%s", ours.Reason(s, got))
		}
	})
}

func TestGeneric(t *testing.T) {
	s := newShelf(t)
	owner := common.HexToAddress("0xabc")
	it := item{Owner: owner, Weight: uint256.NewInt(5), Title: strings.Repeat("long", 20), Sizes: []uint16{1, 2, 3}}
	placed := func(c *contracttest.Chain) { c.Must(owner, s, nil, "place", uint256.NewInt(1), it) }
	pushed := func(c *contracttest.Chain) { c.Must(owner, s, nil, "push", uint32(7)) }
	contracttest.Generic(t, s, s.start, []contracttest.Example{
		{Method: "place", From: owner, Inputs: []any{uint256.NewInt(1), it}},
		{Method: "item", From: owner, Inputs: []any{uint256.NewInt(1)}, Prepare: placed},
		{Method: "take", From: owner, Inputs: []any{uint256.NewInt(1)}, Prepare: placed},
		{Method: "total()", From: owner},
		{Method: "total(address)", From: owner, Inputs: []any{owner}},
		{Method: "push", From: owner, Inputs: []any{uint32(9)}, Prepare: pushed},
		{Method: "pop", From: owner, Prepare: pushed},
		{Method: "list", From: owner, Prepare: pushed},
		{Method: "rename", From: owner, Inputs: []any{"a", []byte("b")}},
		{Method: "allow", From: owner, Inputs: []any{owner, owner, big.NewInt(-1)}},
		{Method: "allowance", From: owner, Inputs: []any{owner, owner}},
		{Method: "nested", From: owner, Inputs: []any{[]item{it}, [][2]uint8{{1, 2}}}},
		{Method: "setFlags", From: owner, Inputs: []any{true, uint8(1), int64(-1), common.Hash{1}}},
		{Method: "forward", From: owner, Inputs: []any{common.Address{9}, []byte{}}},
		{Method: "order", From: owner, Inputs: []any{uint32(9)}},
		{Method: "ordered", From: owner, Inputs: []any{uint32(9)}},
	})
}

// TestOpcodePrices is what the prices of Go contracts are compared with.
func TestOpcodePrices(t *testing.T) { contracttest.Opcodes(t) }
