// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Gas
/// @author CyberMiles
/// @notice The floor under the gas price, and contracts that pay their callers' gas.
/// A transaction with a gas price of zero is executed when the contract it calls has a deposit here and a policy for the
/// function it calls. The contract pays the base fee for the gas that was used. Creating a contract is never sponsored.
/// @custom:address 0x000000000000000000000000000000000000c007
interface IGas {
    /// @notice What a contract sponsors of one function.
    /// @param active Whether the function is sponsored.
    /// @param dailyCalls The most sponsored calls of the function in one day (UTC); 0 is no limit.
    /// @param dailyCallsPerCaller The most sponsored calls of the function by one account in one day (UTC); 0 is no limit.
    /// @param maxFeeWei The most that one call may reserve: its gas limit times the base fee.
    struct Policy {
        bool active;
        uint64 dailyCalls;
        uint64 dailyCallsPerCaller;
        uint128 maxFeeWei;
    }

    /// @notice Coins were added to a contract's deposit.
    /// @param target The contract whose deposit grew.
    /// @param from Who paid.
    /// @param amountWei How much, in wei.
    event Deposited(address indexed target, address indexed from, uint256 amountWei);

    /// @notice Coins were taken out of a contract's deposit.
    /// @param target The contract whose deposit shrank.
    /// @param to Who got them.
    /// @param amountWei How much, in wei.
    event Withdrawn(address indexed target, address indexed to, uint256 amountWei);

    /// @notice A contract changed what it sponsors.
    /// @param target The contract that pays.
    /// @param selector The function; zero is a call without data.
    /// @param policy What is sponsored from now on.
    event PolicySet(address indexed target, bytes4 indexed selector, Policy policy);

    /// @notice A contract paid for the gas of a call.
    /// @param target The contract that paid.
    /// @param caller Whose transaction it was.
    /// @param selector The function that was called.
    /// @param feeWei What was paid, in wei.
    event Sponsored(address indexed target, address indexed caller, bytes4 indexed selector, uint256 feeWei);

    /// @notice Governance moved the floor under the base fee.
    /// @param floorWei The lowest base fee from the next block on, in wei per gas.
    event FloorSet(uint256 floorWei);

    /// @notice Only the contract itself, or the account its owner() names, may do this.
    /// @param target The contract.
    /// @param caller Who tried.
    error NotManager(address target, address caller);

    /// @notice The deposit does not suffice; pay in with deposit.
    /// @param haveWei What is there, in wei.
    /// @param needWei What is needed, in wei.
    error InsufficientDeposit(uint256 haveWei, uint256 needWei);

    /// @notice Only governance may do this.
    /// @param caller Who tried.
    error NotGovernance(address caller);

    /// @notice The floor is outside of what this chain allows.
    /// @param floorWei What was asked for, in wei.
    /// @param maxWei The highest that is allowed, in wei.
    error FloorTooHigh(uint256 floorWei, uint256 maxWei);

    /// @notice Add the value sent to a contract's deposit. Anybody may.
    /// @param target The contract that will sponsor.
    function deposit(address target) external payable;

    /// @notice Take coins out of a contract's deposit.
    /// @param target The contract whose deposit it is; it itself or its owner calls this.
    /// @param to Who gets them.
    /// @param amountWei How much, in wei.
    function withdraw(address target, address to, uint256 amountWei) external;

    /// @notice Say what a contract sponsors of one function.
    /// @param target The contract that pays; it itself or its owner calls this.
    /// @param selector The function; zero is a call without data.
    /// @param policy What is sponsored from now on.
    function setPolicy(address target, bytes4 selector, Policy calldata policy) external;

    /// @notice What a contract sponsors of one function.
    /// @param target The contract that pays.
    /// @param selector The function.
    /// @return policy The policy, not active when it was never set.
    function policyOf(address target, bytes4 selector) external view returns (Policy memory policy);

    /// @notice A contract's deposit.
    /// @param target The contract.
    /// @return amountWei What is left, in wei.
    function depositOf(address target) external view returns (uint256 amountWei);

    /// @notice How often a function was sponsored today (UTC).
    /// @param target The contract that pays.
    /// @param selector The function.
    /// @param caller One of its callers.
    /// @return calls By everybody.
    /// @return callsByCaller By that caller.
    function usageOf(address target, bytes4 selector, address caller) external view returns (uint64 calls, uint64 callsByCaller);

    /// @notice Move the floor under the base fee. Governance calls this.
    /// @param floorWei The lowest base fee, in wei per gas.
    function setFloor(uint256 floorWei) external;

    /// @notice The floor under the base fee.
    /// @return floorWei The lowest base fee, in wei per gas.
    function floor() external view returns (uint256 floorWei);
}
