"""Sonnette: calling and messaging, and the libraries it is made of.

Each package below this one stands alone: ``sonnette.sip``, ``sonnette.sdp``,
``sonnette.codecs.g729``...  With ``SONNETTE_KERNELS=off`` in the environment the
kernels run from their source, uncompiled.
"""

import os

__version__ = "0.1.0"

if os.environ.get("SONNETTE_KERNELS") == "off":
    from sonnette.base.kernels import run_from_source

    run_from_source()
