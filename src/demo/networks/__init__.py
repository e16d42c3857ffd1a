"""Networks as plain ``torch.nn.Module``: real-valued (B, 4, L) DNA in, (B,) logits of binding out.

Importing this does not wait for torch: it comes with the first network.
"""

from demo.networks.registry import NETWORKS, Role, make_network, register_network

__all__ = ["NETWORKS", "Role", "make_network", "register_network"]
