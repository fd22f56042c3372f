"""Drives the program with tftest, as the tests of somebody's modules do.

The arguments are the program and a directory with a module that has a variable `names`, two objects
without a provider of their own, and outputs. What is wrong ends it with a traceback.
"""

import os
import sys

import tftest

program, directory = sys.argv[1:]


def refused(action):
    """The error that an action ends with."""
    try:
        action()
    except tftest.TerraformTestError as error:
        return error
    raise AssertionError('nothing was refused')


module = tftest.TerraformTest('module', directory, binary=program)
said = module.setup(init_vars={'path': 'with blank.tfstate'}, workspace_name='tests')
assert 'successfully initialized' in said, said
assert 'Created and switched to workspace "tests"' in said, said
assert 'Switched to workspace "default"' in module.workspace(name='default')

names = {'names': ['one', 'two']}
plan = module.plan(output=True, tf_vars=names)
assert plan.variables['names'] == names['names'], plan.variables
assert plan.outputs['names'] == ['one', 'two'], plan.outputs
address = 'terraform_data.named["one"]'
assert plan.resources[address]['values']['input'] == 'one', plan.resources
assert plan.resource_changes[address]['change']['actions'] == ['create'], plan.resource_changes
assert list(plan.modules) == ['module.inner'], plan.modules
assert list(plan.modules['module.inner'].resources) == ['terraform_data.inner']

assert 'Apply complete!' in module.apply(tf_vars=names)
outputs = module.output()
assert outputs['names'] == ['one', 'two'], outputs
assert outputs['secret'] == 'sesame' and 'secret' in outputs.sensitive, outputs
assert '"one",' in module.output('names', json_format=False)
state = module.state_pull()
assert state.outputs['names'] == ['one', 'two'], state.outputs
assert 'module.inner.terraform_data.inner' in state.resources, state.resources
assert os.path.exists(os.path.join(module.tfdir, 'with blank.tfstate'))

one = module.plan(output=True, tf_vars={'names': ['one']}, targets=['terraform_data.named'])
assert one.resource_changes['terraform_data.named["two"]']['change']['actions'] == ['delete']
assert 'No changes' in module.plan(tf_vars=names)
module.refresh(tf_vars=names)

error = refused(lambda: module.plan(tf_vars={'names': 3}))
assert 'Invalid value for input variable' in error.cmd_error, error.cmd_error
assert 'Destroy complete!' in module.destroy(tf_vars=names)
assert not module.state_pull().resources
print('driven')
