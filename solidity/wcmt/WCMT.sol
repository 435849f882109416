// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Wrapped CMT
/// @notice CMT, the chain's own coin, as an ERC-20 token: deposit one CMT, hold one WCMT, withdraw it at any time.
/// @dev The semantics are those of WETH9, which wallets, routers and Permit2 already know: deposits and
/// withdrawals emit `Deposit` and `Withdrawal` (not `Transfer`), the owner needs no allowance to move its own
/// tokens with `transferFrom`, and the largest allowance is never reduced. There is no owner, no fee, no upgrade.
/// The contract has no constructor and no immutable, so a genesis file can hold its runtime code as it is.
contract WCMT {
    /// @notice The token's name.
    string public constant name = "Wrapped CMT";
    /// @notice The token's symbol.
    string public constant symbol = "WCMT";
    /// @notice Decimals, as of CMT itself: one WCMT is 10^18 units, one unit is one wei.
    uint8 public constant decimals = 18;

    /// @notice WCMT held by an account, in wei.
    mapping(address account => uint256 balance) public balanceOf;
    /// @notice WCMT that `spender` may still move out of `owner`'s balance, in wei.
    mapping(address owner => mapping(address spender => uint256 allowed)) public allowance;

    /// @notice `spender` may now move up to `value` of `owner`'s tokens.
    event Approval(address indexed owner, address indexed spender, uint256 value);
    /// @notice `value` moved from one account to another.
    event Transfer(address indexed from, address indexed to, uint256 value);
    /// @notice `value` CMT came in and as many WCMT were credited to `account`.
    event Deposit(address indexed account, uint256 value);
    /// @notice `value` WCMT of `account` were taken and as many CMT paid to it.
    event Withdrawal(address indexed account, uint256 value);

    /// @notice `account` holds `balance`, which is less than the `needed` amount.
    error InsufficientBalance(address account, uint256 balance, uint256 needed);
    /// @notice `spender` may move only `allowed`, which is less than the `needed` amount.
    error InsufficientAllowance(address spender, uint256 allowed, uint256 needed);
    /// @notice `account` refused the CMT paid to it.
    error PaymentRefused(address account);

    /// @notice Plain CMT sent to this contract is a deposit of its sender.
    receive() external payable {
        deposit();
    }

    /// @notice Turns the CMT sent with the call into as many WCMT of the caller.
    function deposit() public payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    /// @notice Turns `value` WCMT of the caller back into CMT.
    /// @param value Amount in wei.
    function withdraw(uint256 value) external {
        _debit(msg.sender, value);
        emit Withdrawal(msg.sender, value);
        (bool paid,) = msg.sender.call{value: value}("");
        if (!paid) revert PaymentRefused(msg.sender);
    }

    /// @notice All WCMT there are: the CMT this contract holds, in wei.
    function totalSupply() external view returns (uint256) {
        return address(this).balance;
    }

    /// @notice Lets `spender` move up to `value` of the caller's tokens; 2^256-1 means without end.
    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    /// @notice Moves `value` of the caller's tokens to `to`.
    function transfer(address to, uint256 value) external returns (bool) {
        _move(msg.sender, to, value);
        return true;
    }

    /// @notice Moves `value` of `from`'s tokens to `to`, out of the caller's allowance unless `from` is the caller.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        if (from != msg.sender) {
            uint256 allowed = allowance[from][msg.sender];
            if (allowed != type(uint256).max) {
                if (allowed < value) revert InsufficientAllowance(msg.sender, allowed, value);
                unchecked {
                    allowance[from][msg.sender] = allowed - value;
                }
            }
        }
        _move(from, to, value);
        return true;
    }

    function _move(address from, address to, uint256 value) private {
        _debit(from, value);
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }

    function _debit(address account, uint256 value) private {
        uint256 balance = balanceOf[account];
        if (balance < value) revert InsufficientBalance(account, balance, value);
        unchecked {
            balanceOf[account] = balance - value;
        }
    }
}
