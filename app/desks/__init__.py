"""What the Session is composed of: the workbench holds the state, each desk does one kind of change to it.

The plan in force, the position of the training and the shelf are plain objects of the workbench; the engine link
hides whether there is an engine. A desk knows the workbench and the desk of samples, never another one.
"""
