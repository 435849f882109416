package statesync

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/chain"
)

// small is an origin with every kind of record, in which all but the state is
// proven by the block's hash.
func small() *chain.Origin {
	receipts := types.Receipts{types.NewReceipt(nil, false, 21000)}
	parent := &types.Header{Number: common.Big0, Difficulty: common.Big0}
	header := &types.Header{
		Number: common.Big1, Difficulty: common.Big0, ParentHash: parent.Hash(),
		TxHash: types.EmptyTxsHash, ReceiptHash: types.DeriveSha(receipts, trie.NewStackTrie(nil)),
	}
	return &chain.Origin{
		Block:     types.NewBlockWithHeader(header),
		Receipts:  receipts,
		Ancestors: []*types.Header{parent},
		State: func(s chain.StateSink) error {
			for i := range byte(3) {
				if err := s.Account(common.Hash{i}, uint64(i), uint256.NewInt(uint64(i)<<40), crypto.Keccak256Hash([]byte{0xfe, 0})); err != nil {
					return err
				}
				if i == 0 {
					if err := s.Code([]byte{0xfe, i}); err != nil {
						return err
					}
				}
				if err := s.Slot(common.Hash{i}, []byte{i + 1}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func encoded(t testing.TB, o *chain.Origin) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, encode(&out, o))
	return out.Bytes()
}

// decoded reads a stream into an origin whose state can be read once.
func decoded(stream []byte) (*chain.Origin, error) {
	d := newDecoder(bytes.NewReader(stream), uint64(len(stream)))
	o, err := d.head()
	if err != nil {
		return nil, err
	}
	o.State = d.state
	return o, nil
}

func TestEncodingIsReversible(t *testing.T) {
	want := encoded(t, small())
	origin, err := decoded(want)
	require.NoError(t, err)
	require.Equal(t, want, encoded(t, origin))
}

func TestVerifyReachesTheState(t *testing.T) {
	origin := small()
	require.ErrorContains(t, origin.Verify(origin.Block.Hash()), "its root is")
}

func TestEveryPrefixIsRefused(t *testing.T) {
	stream := encoded(t, small())
	for n := range stream {
		origin, err := decoded(stream[:n])
		if err == nil {
			err = origin.State(&encoder{w: new(bytes.Buffer), buf: rlp.NewEncoderBuffer(nil)})
		}
		require.Error(t, err, "the first %d of %d bytes", n, len(stream))
	}
}

func TestChunksReadAsTheyWereWritten(t *testing.T) {
	dir, want := t.TempDir(), bytes.Repeat([]byte("snapshot"), 1000)
	w := &chunkWriter{dir: dir, size: 999}
	for rest := want; len(rest) > 0; {
		n := min(len(rest), 1234)
		_, err := w.Write(rest[:n])
		require.NoError(t, err)
		rest = rest[n:]
	}
	require.NoError(t, w.finish())
	r := &chunkReader{ctx: context.Background(), dir: dir, chunks: uint32(len(w.hashes) / 32)}
	var got bytes.Buffer
	_, err := got.ReadFrom(r)
	require.NoError(t, err)
	require.Equal(t, want, got.Bytes())
	require.NoError(t, os.Remove(chunkPath(dir, 3)))
	_, err = got.ReadFrom(&chunkReader{ctx: context.Background(), dir: dir, chunks: r.chunks})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// FuzzDecode feeds the decoder with anything. What it accepts it must be able
// to write again in the same bytes.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, small()))
	f.Add([]byte{})
	f.Add([]byte{0xc0, 0xc0, 0xc0, 0xc0, 0xc4, 0x04, 0x80, 0x80, 0x80})
	f.Fuzz(func(t *testing.T, stream []byte) {
		origin, err := decoded(stream)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := encode(&out, origin); err != nil {
			return
		}
		again, err := decoded(out.Bytes())
		require.NoError(t, err)
		require.Equal(t, out.Bytes(), encoded(t, again))
		hash := origin.Block.Hash()
		origin, err = decoded(stream)
		require.NoError(t, err)
		require.Error(t, origin.Verify(hash), "no state has the root zero")
	})
}
