"""Who must accept before a proposed interview stands, and how long it waits."""

import django.core.validators
import wagtail.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cms', '0003_versions_only_grow'),
    ]

    operations = [
        migrations.AddField(
            model_name='protocolpage',
            name='hold_hours',
            field=models.PositiveSmallIntegerField(default=48, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(336)], verbose_name='hours a proposed interview waits for answers'),
        ),
        migrations.AlterField(
            model_name='protocolpage',
            name='roles',
            field=wagtail.fields.StreamField([('role', 4)], blank=True, block_lookup={0: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('case_manager', 'case manager'), ('interviewer', 'interviewer'), ('investigator', 'investigator'), ('prosecutor', 'prosecutor'), ('companion', 'companion'), ('psychologist', 'psychologist'), ('protection_officer', 'LPSK officer'), ('interpreter', 'interpreter'), ('lawyer', 'lawyer'), ('probation_officer', 'probation officer'), ('coordinator', 'coordinator'), ('keeper', 'keeper of rooms and hours')], 'label': 'role'}), 1: ('wagtail.blocks.MultipleChoiceBlock', [], {'choices': [('in_room', 'in the room'), ('observing', 'observing'), ('remote', 'by video link')], 'label': 'may be present'}), 2: ('wagtail.blocks.CharBlock', (), {'help_text': 'A source id such as TPKS-54, or where the number comes from.', 'label': 'source', 'max_length': 240}), 3: ('wagtail.blocks.BooleanBlock', (), {'default': True, 'label': 'must accept before a proposed interview stands', 'required': False}), 4: ('wagtail.blocks.StructBlock', [[('role', 0), ('presences', 1), ('source', 2), ('must_accept', 3)]], {})}, verbose_name='required roles'),
        ),
    ]
