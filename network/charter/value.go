package charter

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contracts"
	"github.com/cybermiles/cybermiles/network"
)

// Coins is an amount, in wei; the file has it in whole coins of 10^18 wei.
type Coins struct{ amount *big.Int }

// Gwei is a price of gas, in wei; the file has it in gwei.
type Gwei struct{ amount *big.Int }

// UnmarshalTOML reads a whole number, or a decimal one as text.
func (c *Coins) UnmarshalTOML(value any) (err error) {
	c.amount, err = decimal(value, 18)
	return err
}

// UnmarshalTOML reads a whole number, or a decimal one as text.
func (g *Gwei) UnmarshalTOML(value any) (err error) {
	g.amount, err = decimal(value, 9)
	return err
}

func (c Coins) wei() *big.Int { return orZero(c.amount) }
func (g Gwei) wei() *big.Int  { return orZero(g.amount) }

// String writes the amount as the file has it.
func (c Coins) String() string { return literal(c.wei(), 18) }

// String writes the price as the file has it.
func (g Gwei) String() string { return literal(g.wei(), 9) }

func orZero(wei *big.Int) *big.Int {
	if wei == nil {
		return new(big.Int)
	}
	return wei
}

func whole(coins int64) Coins {
	return Coins{new(big.Int).Mul(big.NewInt(coins), power(18))}
}

func coinsOf(wei *uint256.Int) Coins { return Coins{wei.ToBig()} }
func gwei(wei *uint256.Int) Gwei     { return Gwei{wei.ToBig()} }

func power(decimals int64) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(decimals), nil)
}

// decimal reads an amount with at most so many decimals.
func decimal(value any, decimals int) (*big.Int, error) {
	var text string
	switch v := value.(type) {
	case int64:
		text = strconv.FormatInt(v, 10)
	case string:
		text = strings.ReplaceAll(v, "_", "")
	case float64:
		return nil, fmt.Errorf("write an amount with a fraction as text, such as %q", strconv.FormatFloat(v, 'f', -1, 64))
	default:
		return nil, fmt.Errorf("%v is no amount", value)
	}
	before, after, _ := strings.Cut(text, ".")
	const maxDigits = 60
	if before == "" || len(text) > maxDigits || strings.Trim(before+after, "0123456789") != "" || strings.HasSuffix(text, ".") {
		return nil, fmt.Errorf("%q is no amount; write a number such as 1_000_000 or \"0.5\"", text)
	}
	if len(after) > decimals {
		return nil, fmt.Errorf("%q has more than %d decimals", text, decimals)
	}
	amount, _ := new(big.Int).SetString(before+after+strings.Repeat("0", decimals-len(after)), 10)
	return amount, nil
}

// literal writes what decimal reads.
func literal(wei *big.Int, decimals int64) string {
	coins, rest := new(big.Int).QuoRem(wei, power(decimals), new(big.Int))
	if rest.Sign() > 0 {
		return fmt.Sprintf("%q", strings.TrimRight(fmt.Sprintf("%s.%0*s", coins, decimals, rest), "0"))
	}
	digits := coins.String()
	if !coins.IsInt64() {
		return strconv.Quote(digits)
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "_" + digits[i:]
	}
	return digits
}

// Percent is a part, in hundredths of a percent; the file has it as "8.25 %".
type Percent uint16

// UnmarshalTOML reads a text such as "8 %".
func (p *Percent) UnmarshalTOML(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("%v is no percentage; write it as text, such as \"8 %%\"", value)
	}
	bps, err := network.ParsePercent(text)
	*p = Percent(bps)
	return err
}

// String writes the percentage as the file has it.
func (p Percent) String() string {
	return fmt.Sprintf("%q", strings.Trim(literal(big.NewInt(int64(p)), 2), `"`)+" %")
}

// treasury is the word for the treasury's account.
const treasury = "treasury"

// Account is an address, or the treasury's by its name.
type Account struct {
	address common.Address
	given   bool
}

// UnmarshalTOML reads 0x and 40 hexadecimal digits, or the word treasury. Mixed case must be that of the checksum.
func (a *Account) UnmarshalTOML(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("%v is no account; write its address as text", value)
	}
	if text == treasury {
		*a = Account{contracts.TreasuryAddress, true}
		return nil
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil || len(raw) != common.AddressLength || !strings.HasPrefix(text, "0x") {
		return fmt.Errorf("%q is no account; write 0x and 40 hexadecimal digits, or %s", text, treasury)
	}
	a.address, a.given = common.BytesToAddress(raw), true
	if digits := text[2:]; digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && text != a.address.Hex() {
		return fmt.Errorf("%q has a wrong checksum: a digit is wrong, or it should be written in lower case", text)
	}
	return nil
}

// parseKey reads a consensus key.
func parseKey(text string) (key [32]byte, err error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		raw, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil || len(raw) != len(key) {
		return key, fmt.Errorf("key %q: expected 32 bytes in hexadecimal or base64, as `cybermiles validator key` prints them", text)
	}
	return [32]byte(raw), nil
}
