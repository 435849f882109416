// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// @title Splits the value of one call evenly between many accounts.
/// @notice The load generator funds its accounts with it: one transaction a few hundred accounts.
contract Disperse {
    /// @notice A recipient refused the coins.
    error Refused(address recipient);

    /// @notice Sends `msg.value / recipients.length` to each recipient.
    function disperse(address payable[] calldata recipients) external payable {
        uint256 share = msg.value / recipients.length;
        for (uint256 i = 0; i < recipients.length; i++) {
            (bool ok,) = recipients[i].call{value: share}("");
            if (!ok) revert Refused(recipients[i]);
        }
    }
}
