// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Members propose and vote. What a proposal is about is a text kept elsewhere; the chain holds its hash.
contract Council {
    enum Choice {
        Against,
        For,
        Abstain
    }

    struct Proposal {
        bytes32 topic;
        bool isClosed;
        uint256[3] tally;
    }

    event Joined(address indexed member, uint256 seat);
    event Proposed(uint256 indexed number, address indexed proposer, bytes32 topic);
    event Voted(uint256 indexed number, address indexed voter, Choice choice);
    event Closed(uint256 indexed number, bool passed);

    error NotAMember();
    error AlreadyDone();

    uint256 public seats;
    uint256 public proposals;
    mapping(address member => uint256) public seatOf;
    mapping(uint256 number => Proposal) private _proposals;
    mapping(uint256 number => mapping(address voter => bool)) private _hasVoted;

    modifier onlyMember() {
        if (seatOf[msg.sender] == 0) revert NotAMember();
        _;
    }

    function join() external {
        if (seatOf[msg.sender] != 0) revert AlreadyDone();
        seatOf[msg.sender] = ++seats;
        emit Joined(msg.sender, seats);
    }

    function propose(bytes32 topic) external onlyMember {
        _proposals[++proposals].topic = topic;
        emit Proposed(proposals, msg.sender, topic);
    }

    function vote(uint256 number, Choice choice) external onlyMember {
        Proposal storage proposal = _proposals[number];
        if (proposal.topic == 0 || proposal.isClosed || _hasVoted[number][msg.sender]) revert AlreadyDone();
        _hasVoted[number][msg.sender] = true;
        proposal.tally[uint256(choice)] += 1;
        emit Voted(number, msg.sender, choice);
    }

    function close(uint256 number) external onlyMember {
        Proposal storage proposal = _proposals[number];
        if (proposal.topic == 0 || proposal.isClosed) revert AlreadyDone();
        proposal.isClosed = true;
        emit Closed(number, proposal.tally[uint256(Choice.For)] > proposal.tally[uint256(Choice.Against)]);
    }

    /// Votes against, for, and neither.
    function tallyOf(uint256 number) external view returns (uint256[3] memory) {
        return _proposals[number].tally;
    }
}
