// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice The few of Foundry's cheat codes that these tests use, so that they need no library.
interface Vm {
    function prank(address caller) external;
    function startPrank(address caller) external;
    function stopPrank() external;
    function deal(address account, uint256 balanceWei) external;
    function warp(uint256 timestamp) external;
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata data) external;
    function expectEmit(address emitter) external;
    function readFile(string calldata path) external view returns (string memory);
    function parseBytes(string calldata text) external pure returns (bytes memory);
    function trim(string calldata text) external pure returns (string memory);
    function assertEq(uint256 found, uint256 wanted, string calldata what) external pure;
    function assertEq(address found, address wanted, string calldata what) external pure;
    function assertEq(bytes calldata found, bytes calldata wanted, string calldata what) external pure;
    function assertEq(string calldata found, string calldata wanted, string calldata what) external pure;
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// @notice Gives a test or script the cheat codes.
abstract contract Cheats {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @notice Folds any number into the range from low to high.
    function within(uint256 number, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + number % (high - low + 1);
    }
}
