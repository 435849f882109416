// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Schedule
/// @notice Calls that the chain makes later: at a time or a height, in order, paid from a deposit.
/// A call is made by this contract, as a transaction of the chain's own at a block's end. So its target sees this contract
/// as `msg.sender`; whose call it is, `runningFor` answers. A call that fails is kept until its owner retries or cancels it.
/// @custom:address 0x000000000000000000000000000000000000c008
interface ISchedule {
    /// @notice Where a call stands.
    enum State {
        /// There is no such call: it has been made, was cancelled, or never was.
        None,
        /// It waits for its time.
        Waiting,
        /// It failed; its owner may retry or cancel it.
        Failed
    }

    /// @notice A scheduled call.
    struct Call {
        /// The call's number; calls are numbered from 1.
        uint64 id;
        /// Where it stands.
        State state;
        /// Whose call it is: who may cancel and retry it, and who gets what is left.
        address owner;
        /// Who is called.
        address target;
        /// The call data.
        bytes data;
        /// What the target gets with the call, in wei.
        uint256 valueWei;
        /// What is there to pay the fee with, in wei.
        uint256 depositWei;
        /// The gas that the target may use.
        uint64 gasLimit;
        /// The call is not made before this time, in seconds since 1970; 0 when it waits for a height.
        uint64 notBeforeTime;
        /// The call is not made before this height; 0 when it waits for a time.
        uint64 notBeforeHeight;
        /// How often it was passed over because its deposit did not pay for the base fee.
        uint8 attempts;
        /// Why it failed: the first 256 bytes of what the target reverted with, or an error of this interface.
        bytes reason;
    }

    /// @notice What governance can change.
    struct Parameters {
        /// The most gas that one call may ask for. With 2,000,000 more it must fit into what a block keeps for such calls.
        uint64 maxGasLimit;
        /// What a deposit must pay for besides the gas limit and the data, in gas.
        uint64 overheadGas;
        /// The most call data, in bytes.
        uint32 maxDataBytes;
        /// How long a call is put off when it is passed over for the first time, in seconds; each further time twice as long.
        uint32 backOffSeconds;
        /// How often a call is passed over before it counts as failed.
        uint8 maxAttempts;
    }

    /// @notice A call was scheduled.
    /// @param id the call's number
    /// @param owner whose call it is
    /// @param target who will be called
    /// @param data the call data
    /// @param valueWei what the target gets with the call, in wei
    /// @param depositWei what is there to pay the fee with, in wei
    /// @param gasLimit the gas that the target may use
    /// @param notBeforeTime the time before which it is not made, in seconds since 1970; 0 when it waits for a height
    /// @param notBeforeHeight the height before which it is not made; 0 when it waits for a time
    event Scheduled(
        uint64 indexed id,
        address indexed owner,
        address indexed target,
        bytes data,
        uint256 valueWei,
        uint256 depositWei,
        uint64 gasLimit,
        uint64 notBeforeTime,
        uint64 notBeforeHeight
    );

    /// @notice A call was made and succeeded.
    /// @param id the call's number
    /// @param owner whose call it was
    /// @param gasUsed the gas that was paid for
    /// @param feeWei the fee, in wei
    /// @param refundWei what was left of the deposit and went back to the owner, in wei
    event Ran(uint64 indexed id, address indexed owner, uint64 gasUsed, uint256 feeWei, uint256 refundWei);

    /// @notice A call failed. Its value and the rest of its deposit stay with it.
    /// @param id the call's number
    /// @param owner whose call it is
    /// @param gasUsed the gas that was paid for
    /// @param feeWei the fee, in wei
    /// @param reason the first 256 bytes of what the target reverted with, or an error of this interface
    event Failed(uint64 indexed id, address indexed owner, uint64 gasUsed, uint256 feeWei, bytes reason);

    /// @notice A call was due, but its deposit does not pay for the present base fee.
    /// @param id the call's number
    /// @param owner whose call it is
    /// @param attempts how often it has been passed over by now
    /// @param nextTime when it is tried again, in seconds since 1970
    /// @param feeWei what looking at it has cost, in wei
    event PassedOver(uint64 indexed id, address indexed owner, uint8 attempts, uint64 nextTime, uint256 feeWei);

    /// @notice A call was cancelled.
    /// @param id the call's number
    /// @param owner whose call it was
    /// @param refundWei its value and its deposit, which went back to the owner, in wei
    event Cancelled(uint64 indexed id, address indexed owner, uint256 refundWei);

    /// @notice A failed call waits again.
    /// @param id the call's number
    /// @param owner whose call it is
    /// @param gasLimit the gas that the target may use
    /// @param depositWei what is there to pay the fee with, in wei
    event Retried(uint64 indexed id, address indexed owner, uint64 gasLimit, uint256 depositWei);

    /// @notice Coins were added to a call's deposit.
    /// @param id the call's number
    /// @param from who paid
    /// @param amountWei how much, in wei
    /// @param depositWei what is there now, in wei
    event ToppedUp(uint64 indexed id, address indexed from, uint256 amountWei, uint256 depositWei);

    /// @notice Governance changed the parameters.
    /// @param values what holds from now on
    event ParametersChanged(Parameters values);

    /// @notice There is no such call: it has been made, was cancelled, or never was. `callsOf` lists yours.
    /// @param id the number asked for
    error UnknownCall(uint64 id);

    /// @notice The call has not failed; only a failed call can be retried.
    /// @param id the call's number
    error NotFailed(uint64 id);

    /// @notice The call is not due.
    /// @param id the call's number
    error NotDue(uint64 id);

    /// @notice Only the call's owner may do this.
    /// @param id the call's number
    /// @param owner whose call it is
    error NotOwner(uint64 id, address owner);

    /// @notice This account cannot be called; choose another target than the schedule itself.
    /// @param target who was to be called
    error NotATarget(address target);

    /// @notice A call waits for a time or for a height: make one of them 0.
    /// @param notBeforeTime the time that was given, in seconds since 1970
    /// @param notBeforeHeight the height that was given
    error TimeAndHeight(uint64 notBeforeTime, uint64 notBeforeHeight);

    /// @notice The gas limit is too high; split the work into several calls.
    /// @param gasLimit what was asked for
    /// @param most the most that is allowed
    error GasLimitTooHigh(uint64 gasLimit, uint64 most);

    /// @notice The call data is too long; keep it in the target and pass a reference.
    /// @param bytesGiven how long it is
    /// @param most the most that is allowed
    error DataTooLong(uint64 bytesGiven, uint64 most);

    /// @notice The coins sent do not cover the value of the call; send the value and the deposit together.
    /// @param sentWei what was sent, in wei
    /// @param valueWei what the target is to get, in wei
    error ValueTooSmall(uint256 sentWei, uint256 valueWei);

    /// @notice The deposit does not pay for the call at the present base fee; send more, see `gasFor`.
    /// @param depositWei what is there, in wei
    /// @param needWei what is needed now, in wei
    error DepositTooSmall(uint256 depositWei, uint256 needWei);

    /// @notice The target used up its gas; retry with a higher limit.
    /// @param gasLimit what it was given
    error OutOfGas(uint64 gasLimit);

    /// @notice A parameter is outside of its bounds.
    /// @param name which
    /// @param lower the lowest allowed
    /// @param upper the highest allowed
    error ParameterInvalid(string name, uint64 lower, uint64 upper);

    /// @notice Only governance may do this: make a proposal.
    /// @param caller who tried
    error NotGovernance(address caller);

    /// @notice Schedules a call. The coins sent are its value and its deposit; the deposit pays the gas that is used at the
    /// base fee of the block that makes the call, and what is left goes back to the caller, who is the call's owner.
    /// @param target who is called
    /// @param data the call data
    /// @param valueWei what the target gets with the call, in wei
    /// @param notBeforeTime the call is not made before this time, in seconds since 1970; 0 for none
    /// @param notBeforeHeight the call is not made before this height; 0 for none. Without either it is made at once
    /// @param gasLimit the gas that the target may use
    /// @return id the call's number
    function schedule(
        address target,
        bytes calldata data,
        uint256 valueWei,
        uint64 notBeforeTime,
        uint64 notBeforeHeight,
        uint64 gasLimit
    ) external payable returns (uint64 id);

    /// @notice Takes a call back. Its value and its deposit go to its owner, who calls this.
    /// @param id the call's number
    /// @return refundWei what went back, in wei
    function cancel(uint64 id) external returns (uint256 refundWei);

    /// @notice Lets a failed call wait again, from now on. Its owner calls this; coins sent are added to the deposit.
    /// @param id the call's number
    /// @param gasLimit the gas that the target may use this time
    function retry(uint64 id, uint64 gasLimit) external payable;

    /// @notice Adds the coins sent to a call's deposit. Anybody may.
    /// @param id the call's number
    function topUp(uint64 id) external payable;

    /// @notice Makes a call that is due.
    /// @custom:system at a block's end when a call is due
    /// @param id the call's number
    function run(uint64 id) external;

    /// @notice The call that is being made right now. A target that is called by this contract learns here whose call it is.
    /// @return id the call's number, 0 when none is being made
    /// @return owner whose call it is
    function runningFor() external view returns (uint64 id, address owner);

    /// @notice A call that waits or has failed.
    /// @param id the call's number
    /// @return found the call
    function callOf(uint64 id) external view returns (Call memory found);

    /// @notice An account's calls that wait or have failed, in no particular order.
    /// @param owner whose
    /// @param cursor 0 at first, then `next` of the page before
    /// @param limit the most calls in a page, at most 100
    /// @return list the calls
    /// @return next cursor of the next page, 0 after the last
    function callsOf(address owner, uint64 cursor, uint64 limit) external view returns (Call[] memory list, uint64 next);

    /// @notice Calls that wait for a time or for a height, in the order in which they will be made.
    /// @param byHeight whether those that wait for a height
    /// @param cursor 0 at first, then `next` of the page before
    /// @param limit the most calls in a page, at most 100
    /// @return list the calls
    /// @return next cursor of the next page, 0 after the last
    function waiting(bool byHeight, uint256 cursor, uint64 limit) external view returns (Call[] memory list, uint256 next);

    /// @notice Calls that have failed, by number.
    /// @param cursor 0 at first, then `next` of the page before
    /// @param limit the most calls in a page, at most 100
    /// @return list the calls
    /// @return next cursor of the next page, 0 after the last
    function failed(uint256 cursor, uint64 limit) external view returns (Call[] memory list, uint256 next);

    /// @notice How many calls there are.
    /// @return byTime those that wait for a time
    /// @return byHeight those that wait for a height
    /// @return failedCalls those that have failed
    function counts() external view returns (uint64 byTime, uint64 byHeight, uint64 failedCalls);

    /// @notice How many calls are due and not yet made, counted up to a limit.
    /// @param limit where to stop counting, at most 1000
    /// @return count how many
    function dueCount(uint64 limit) external view returns (uint64 count);

    /// @notice The gas that a deposit must pay for: multiply it by the highest base fee that you are ready to pay.
    /// @param gasLimit the gas that the target may use
    /// @param dataBytes how long the call data is
    /// @return gas the gas
    function gasFor(uint64 gasLimit, uint64 dataBytes) external view returns (uint64 gas);

    /// @notice What governance can change.
    /// @return values the parameters
    function parameters() external view returns (Parameters memory values);

    /// @notice Changes the parameters. Governance calls this.
    /// @param values what holds from now on
    function setParameters(Parameters calldata values) external;
}
