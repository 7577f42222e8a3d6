"""How the assistant is reached: thin bindings over endpoints that are each written once."""
