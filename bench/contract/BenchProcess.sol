// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IProcess} from "@cybermiles/contracts/process/IProcess.sol";

/// @title A clerk who starts instances of Task.bpmn, a process of one task, and completes them.
/// @notice Each account has at most one instance open: it begins one and then finishes it.
contract BenchProcess {
    IProcess private constant PROCESSES = IProcess(0x000000000000000000000000000000000000C102);

    bytes32 private immutable model;
    mapping(address account => uint64) public instanceOf;

    constructor(bytes memory compiled) {
        model = PROCESSES.deploy(compiled, bytes32(0));
    }

    /// @notice Starts an instance for the caller.
    function begin() external {
        instanceOf[msg.sender] = PROCESSES.start(model, "task", new IProcess.Role[](0), "", 0);
    }

    /// @notice Completes the task of the caller's instance; its token is the third thing that an instance of the model numbers.
    function finish() external {
        PROCESSES.complete(instanceOf[msg.sender], 3, "");
    }
}
