"""Every endpoint of the contract once, without a web framework: a request in, a reply or a stream out."""
