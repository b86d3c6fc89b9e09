"""Where healthy ends: the thresholds of ``nnviz.training.health``, each with its reason.

"Measured" is a hundred runs with the recommended plans and their neighbours on MNIST, Fashion-MNIST, iris, wine,
breast cancer and the points in the plane, with ReLU, tanh and sigmoid, five optimizers and three seeds.

Sources: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013. He et al., "Delving
deep into rectifiers", 2015. Lu et al., "Dying ReLU and initialization", 2019. Prechelt, "Early stopping - but
when?", 1998. Smith et al., "Don't decay the learning rate, increase the batch size", 2018.
"""

from __future__ import annotations

#: A mean loss over a block this many times that of the untrained network: with a rate below 2/curvature gradient
#: descent does not climb (Nesterov, "Introductory lectures on convex optimization", 2004). Healthy runs never did.
RISEN_ABOVE_START = 1.25
#: … or a rise from the lowest mean by this share of the first loss. Healthy runs measured: at most 0.09.
RISEN_SHARE = 0.25
#: … which must also be this many standard errors of the mean: the lowest of thousands of means lies low by chance.
RISEN_ERRORS = 6.0
#: Norm of dL/dW of a layer, as a geometric mean over a block. The data are standardised and first losses of the order
#: of 1; healthy runs measured stay below 5, and gradients are commonly clipped at norms from 1 to 10 (Pascanu et al.).
EXPLODING_NORM = 100.0
#: A layer whose gradients per weight are a thousandth of the largest layer's learns a thousand times as slowly under
#: gradient descent. Healthy runs measured: 0.02 and above; eight sigmoid layers: 4e-6 (see Glorot and Bengio).
VANISHING_RATIO = 1e-3
#: Below this norm a gradient in float32 is nothing but rounding, or exactly 0.
NO_GRADIENT = 1e-12
#: Share of a layer's units above which it is a finding. Some dead units are usual: up to a quarter in healthy runs,
#: up to half of eight for a moment.
DEAD_SHARE = 0.5
SATURATED_SHARE = 0.5
#: A unit is saturated when it is at the end of its range for this share of the samples: then it hardly learns from any.
SATURATED_SAMPLES = 0.95
#: The loss has not moved while its mean is above this share of the untrained network's …
MOVED_SHARE = 0.98
#: … for this many steps. Healthy runs measured fall by more in the first 100.
NO_PROGRESS_STEPS = 256
#: Validation has turned when its loss is this share above its lowest (Prechelt's GL criterion) …
TURNED_SHARE = 0.10
#: … in this many epochs on end, none of them by chance, …
TURNED_EPOCHS = 5
#: … by more than this share of the first loss, because 0.001 → 0.002 harms nobody, …
TURNED_OF_START = 0.03
#: … measured over at least this many samples: below, one sample that is sure and wrong makes the whole rise.
TURNED_SAMPLES = 100
#: A layer with this share of dead or saturated units lets so little through that it explains vanishing before it.
CLOSED_SHARE = 0.9
