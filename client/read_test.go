package client

import (
	"math/big"
	"net/http/httptest"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"

	market "github.com/cybermiles/cybermiles/contract/generate/testdata/client/contracts"
)

// contractAnswer is a node on which every call has one answer.
type contractAnswer struct {
	output hexutil.Bytes
	err    error
	call   map[string]any
	block  string
}

func (a *contractAnswer) Call(call map[string]any, block string) (hexutil.Bytes, error) {
	a.call, a.block = call, block
	return a.output, a.err
}

func TestRead(t *testing.T) {
	node := &contractAnswer{}
	server := rpc.NewServer()
	require.NoError(t, server.RegisterName("eth", node))
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	c, err := Dial(t.Context(), web.URL)
	require.NoError(t, err)
	t.Cleanup(c.Close)

	contract := market.NewMarket()
	read := func() (market.MarketTakingsOutput, error) {
		return Read(t.Context(), c, market.MarketAddress, contract.PackTakings(common.Address{7}), Latest, contract.UnpackTakings)
	}
	parsed, err := market.MarketMetaData.ParseABI()
	require.NoError(t, err)
	node.output, err = parsed.Methods["takings"].Outputs.Pack(big.NewInt(5), uint64(9))
	require.NoError(t, err)
	answer, err := read()
	require.NoError(t, err)
	require.Equal(t, market.MarketTakingsOutput{AmountWei: big.NewInt(5), LastSaleTime: 9}, answer)
	require.Equal(t, "latest", node.block)
	require.Equal(t, hexutil.Encode(contract.PackTakings(common.Address{7})), node.call["input"])

	node.output = nil
	_, err = read()
	require.ErrorContains(t, err, "no such contract on this chain")
	node.err = refusal{code: 3, data: hexutil.Encode([]byte{1, 2, 3, 4})}
	_, err = read()
	require.ErrorAs(t, err, new(*RevertError))
}
